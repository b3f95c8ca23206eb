import contextlib
import sys

from protocol import THREADS, fastest, repeated, serve


def load(setup):
    import torch
    import vgg16
    import vgg16_pytorch

    variant = sys.argv[1]
    if variant == "cuda":
        return on_card(setup)
    torch.set_num_threads(THREADS)
    network = vgg16_pytorch.build(vgg16.read_weights(setup["weights"])).eval()
    pictures = torch.from_numpy(vgg16.read_pictures(setup["pictures"], setup["batch"])).permute(0, 3, 1, 2)

    def runner(network, pictures):
        def run():
            precision = (
                torch.autocast("cpu", torch.bfloat16)
                if variant == "bfloat16"
                else contextlib.nullcontext()
            )
            with torch.inference_mode(), precision:
                return network(pictures).float()

        return run

    plain = pictures.contiguous()
    last = vgg16_pytorch.build(vgg16.read_weights(setup["weights"])).eval()
    last = last.to(memory_format=torch.channels_last)
    last_pictures = pictures.contiguous(memory_format=torch.channels_last)
    if variant == "compiled":
        import torch._inductor.config

        torch._inductor.config.freezing = True
        variants = {
            "channels first": runner(torch.compile(network), plain),
            "channels last": runner(torch.compile(last), last_pictures),
        }
    else:
        variants = {
            "channels first": runner(network, plain),
            "channels last": runner(last, last_pictures),
        }
    if variant == "bfloat16":
        half = vgg16_pytorch.build(vgg16.read_weights(setup["weights"])).eval()
        half = half.to(torch.bfloat16, memory_format=torch.channels_last)
        variants["weights in bfloat16, channels last"] = runner(half, last_pictures.to(torch.bfloat16))
    if variant == "":
        with torch.inference_mode():
            frozen = torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(network, plain)))
        variants["frozen trace"] = runner(frozen, plain)
    name = fastest({name: repeated(once) for name, once in variants.items()})
    outputs = variants[name]().permute(0, 2, 3, 1).contiguous().numpy()
    how = {"compiled": "torch.compile, ", "bfloat16": "autocast, "}.get(variant, "")
    return f"PyTorch {torch.__version__}, {how}{name}", outputs, repeated(variants[name])


def on_card(setup):
    """By automatic mixed precision, pictures copied to the card and features back in the time that is measured."""
    import torch
    import vgg16
    import vgg16_pytorch

    if not torch.cuda.is_available():
        raise ImportError("PyTorch sees no card")
    network = vgg16_pytorch.build(vgg16.read_weights(setup["weights"])).eval()
    network = network.cuda().to(memory_format=torch.channels_last)
    pictures = torch.from_numpy(vgg16.read_pictures(setup["pictures"], setup["batch"])).permute(0, 3, 1, 2)
    pictures = pictures.contiguous(memory_format=torch.channels_last).pin_memory()

    def once():
        with torch.inference_mode(), torch.autocast("cuda", torch.float16):
            return network(pictures.cuda(non_blocking=True)).float().cpu()

    outputs = once().permute(0, 2, 3, 1).contiguous().numpy()
    return f"PyTorch {torch.__version__}, automatic mixed precision", outputs, repeated(once)


serve(load)
