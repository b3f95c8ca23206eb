from protocol import THREADS, fastest, repeated, serve


def load(setup):
    import torch
    import vgg16
    import vgg16_pytorch

    torch.set_num_threads(THREADS)
    network = vgg16_pytorch.build(vgg16.read_weights(setup["weights"])).eval()
    pictures = torch.from_numpy(vgg16.read_pictures(setup["pictures"], setup["batch"])).permute(0, 3, 1, 2)

    def runner(network, pictures):
        def run():
            with torch.inference_mode():
                return network(pictures)

        return run

    plain = pictures.contiguous()
    variants = {"channels first": runner(network, plain)}
    with torch.inference_mode():
        frozen = torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(network, plain)))
    variants["frozen trace"] = runner(frozen, plain)
    last = vgg16_pytorch.build(vgg16.read_weights(setup["weights"])).eval()
    last = last.to(memory_format=torch.channels_last)
    variants["channels last"] = runner(last, pictures.contiguous(memory_format=torch.channels_last))
    name = fastest({name: repeated(once) for name, once in variants.items()})
    outputs = variants[name]().permute(0, 2, 3, 1).contiguous().numpy()
    return f"PyTorch {torch.__version__}, {name}", outputs, repeated(variants[name])


serve(load)
