import sys

from protocol import THREADS, repeated, serve


def load(setup):
    import onnxruntime
    import vgg16
    import vgg16_onnx

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = THREADS
    model = vgg16_onnx.build(vgg16.read_weights(setup["weights"]))
    details = f"ONNX Runtime {onnxruntime.__version__}"
    if sys.argv[1] == "int8":
        model = quantised(model, vgg16.read_calibration(setup))
        details += ", QDQ"
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    pictures = vgg16.read_pictures(setup["pictures"], setup["batch"]).transpose(0, 3, 1, 2).copy()

    def once():
        return session.run(None, {"pictures": pictures})[0]

    outputs = once().transpose(0, 2, 3, 1).copy()
    once()
    return details, outputs, repeated(once)


def quantised(model, calibration):
    """Statically, a scale for each output channel, as its guide advises for convolutions on CPUs with VNNI."""
    import tempfile
    from pathlib import Path

    import onnx
    from onnxruntime import quantization

    class Reader(quantization.CalibrationDataReader):
        def __init__(self):
            self.rest = iter(calibration)

        def get_next(self):
            picture = next(self.rest, None)
            return None if picture is None else {"pictures": picture[None].transpose(0, 3, 1, 2).copy()}

    with tempfile.TemporaryDirectory() as folder:
        before, after = Path(folder, "float32.onnx"), Path(folder, "int8.onnx")
        onnx.save(model, before)
        quantization.quantize_static(
            *(before, after, Reader()),
            quant_format=quantization.QuantFormat.QDQ,
            activation_type=quantization.QuantType.QUInt8,
            weight_type=quantization.QuantType.QInt8,
            per_channel=True,
            # as its guide says: without VNNI two products are added in sixteen bits
            reduce_range="vnni" not in Path("/proc/cpuinfo").read_text(),
        )
        return onnx.load(after)


serve(load)
