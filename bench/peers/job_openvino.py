"""The main job with the base in OpenVINO's int8, calibrated on training pictures, and PyTorch's linear head."""

from protocol import answer_once


def main(asked):
    import head_pytorch
    import job
    import numpy as np
    import nncf
    import openvino
    import vgg16
    import vgg16_onnx

    batch = 16
    core = openvino.Core()
    model = core.read_model(vgg16_onnx.build(vgg16.read_weights(asked["weights"])).SerializeToString())
    some = asked["train"][:: len(asked["train"]) // 32][:32]
    calibration = job.read(some)[0].transpose(0, 3, 1, 2)
    model = nncf.quantize(model, nncf.Dataset([picture[None] for picture in calibration]), subset_size=len(some))
    model.reshape([-1, 3, 224, 224])
    settings = {"INFERENCE_NUM_THREADS": job.THREADS, "PERFORMANCE_HINT": "LATENCY"}
    request = core.compile_model(model, "CPU", settings).create_infer_request()

    def features(pictures):
        inputs = pictures.transpose(0, 3, 1, 2)
        parts = (inputs[i : i + batch].copy() for i in range(0, len(inputs), batch))
        return np.concatenate([request.infer([part])[0].mean((2, 3)) for part in parts])

    accuracy = head_pytorch.accuracy(asked, features)
    return {"accuracy": accuracy, "details": f"OpenVINO {openvino.__version__.split('-')[0]}, NNCF {nncf.__version__}"}


answer_once(main)
