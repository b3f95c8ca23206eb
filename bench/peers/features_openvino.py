import sys

from protocol import THREADS, fastest, repeated, serve


def load(setup):
    import numpy as np
    import openvino
    import vgg16
    import vgg16_onnx

    arithmetic = sys.argv[1] or "float32"
    onnx_model = vgg16_onnx.build(vgg16.read_weights(setup["weights"]))
    core = openvino.Core()
    model = core.read_model(onnx_model.SerializeToString())
    details = f"OpenVINO {openvino.__version__.split('-')[0]}"
    if arithmetic == "int8":
        import nncf

        calibration = vgg16.read_calibration(setup).transpose(0, 3, 1, 2)
        dataset = nncf.Dataset([picture[None] for picture in calibration])
        model = nncf.quantize(model, dataset, subset_size=len(calibration))
        details += f", NNCF {nncf.__version__}"
    batch = setup["batch"]
    pictures = vgg16.read_pictures(setup["pictures"], batch).transpose(0, 3, 1, 2).copy()
    settings = {
        "INFERENCE_NUM_THREADS": THREADS,
        "INFERENCE_PRECISION_HINT": "bf16" if arithmetic == "bfloat16" else "f32",
    }

    def together():
        model.reshape([batch, 3, 224, 224])
        request = core.compile_model(
            model, "CPU", {**settings, "PERFORMANCE_HINT": "LATENCY"}
        ).create_infer_request()
        return lambda: request.infer([pictures], share_inputs=True, share_outputs=True)[0]

    def streams():
        """A picture for each thread at a time."""
        model.reshape([1, 3, 224, 224])
        compiled = core.compile_model(
            model, "CPU", {**settings, "PERFORMANCE_HINT": "THROUGHPUT", "NUM_STREAMS": THREADS}
        )
        queue = openvino.AsyncInferQueue(compiled, THREADS)
        outputs = np.empty((batch, 512, 7, 7), np.float32)

        def keep(request, i):
            outputs[i] = request.get_output_tensor(0).data[0]

        queue.set_callback(keep)

        def once():
            for i in range(batch):
                queue.start_async([pictures[i : i + 1]], i, share_inputs=True)
            queue.wait_all()
            return outputs

        return once

    variants = {"one batch": together()}
    if batch > 1:
        variants[f"{THREADS} streams"] = streams()
    name = fastest({name: repeated(once) for name, once in variants.items()})
    outputs = variants[name]().transpose(0, 2, 3, 1).copy()
    return f"{details}, {name}", outputs, repeated(variants[name])


serve(load)
