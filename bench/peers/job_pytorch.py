"""The main job in PyTorch, the careful way: features once, standardised, then a linear head on them."""

from protocol import answer_once


def main(asked):
    import head_pytorch
    import job
    import torch
    import vgg16
    import vgg16_pytorch

    torch.set_num_threads(job.THREADS)
    base = vgg16_pytorch.build(vgg16.read_weights(asked["weights"])).eval()
    base = base.to(memory_format=torch.channels_last)

    def features(pictures):
        inputs = torch.from_numpy(pictures).permute(0, 3, 1, 2)
        with torch.inference_mode():
            return torch.cat([base(part).mean((2, 3)) for part in inputs.split(16)]).numpy()

    accuracy = head_pytorch.accuracy(asked, features)
    return {"accuracy": accuracy, "details": f"PyTorch {torch.__version__}"}


answer_once(main)
