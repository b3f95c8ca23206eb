"""The main job in PyTorch, the careful way: features once, standardised, then a linear head on them."""

from protocol import answer_once


def main(asked):
    import job
    import torch
    import vgg16
    import vgg16_pytorch

    torch.set_num_threads(job.THREADS)
    torch.manual_seed(0)
    base = vgg16_pytorch.build(vgg16.read_weights(asked["weights"])).eval()
    base = base.to(memory_format=torch.channels_last)

    def features(pictures):
        inputs = torch.from_numpy(pictures).permute(0, 3, 1, 2)
        with torch.inference_mode():
            return torch.cat([base(part).mean((2, 3)) for part in inputs.split(16)]).numpy()

    (train, labels), (test, test_labels) = job.read(asked["train"]), job.read(asked["test"])
    train, test = map(torch.from_numpy, job.standardised(features(train), features(test)))
    labels, test_labels = torch.from_numpy(labels), torch.from_numpy(test_labels)
    head = torch.nn.Linear(512, asked["classes"])
    decays = [
        {"params": [head.weight], "weight_decay": 100 / len(train)},
        {"params": [head.bias], "weight_decay": 0},
    ]
    optimiser = torch.optim.Adam(decays, lr=job.LEARNING_RATE, fused=True)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, job.EPOCHS)
    loss_of = torch.nn.CrossEntropyLoss()
    for _ in range(job.EPOCHS):
        for places in torch.randperm(len(train)).split(asked["batch"]):
            optimiser.zero_grad(set_to_none=True)
            loss_of(head(train[places]), labels[places]).backward()
            optimiser.step()
        schedule.step()
    with torch.inference_mode():
        right = head(test).argmax(1) == test_labels
    return {"accuracy": right.float().mean().item(), "details": f"PyTorch {torch.__version__}"}


answer_once(main)
