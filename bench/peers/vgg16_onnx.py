"""The base as an ONNX model, which several runtimes read."""

import vgg16
from onnx import TensorProto, helper, numpy_helper


def build(weights):
    """The base on float32 pictures [n, 3, 224, 224], as a ModelProto."""
    nodes, constants, x = [], [], "pictures"
    for name, _, closes_block in vgg16.convolutions():
        kernel = weights[f"{name}/kernel"].transpose(3, 2, 0, 1).copy()
        constants += [
            numpy_helper.from_array(kernel, f"{name}/kernel"),
            numpy_helper.from_array(weights[f"{name}/bias"], f"{name}/bias"),
        ]
        inputs = [x, f"{name}/kernel", f"{name}/bias"]
        nodes.append(helper.make_node("Conv", inputs, [name], pads=[1, 1, 1, 1], kernel_shape=[3, 3]))
        nodes.append(helper.make_node("Relu", [name], [f"{name}/relu"]))
        x = f"{name}/relu"
        if closes_block:
            nodes.append(helper.make_node("MaxPool", [x], [f"{name}/pool"], kernel_shape=[2, 2], strides=[2, 2]))
            x = f"{name}/pool"
    picture = helper.make_tensor_value_info("pictures", TensorProto.FLOAT, ["n", 3, 224, 224])
    output = helper.make_tensor_value_info(x, TensorProto.FLOAT, ["n", 512, 7, 7])
    graph = helper.make_graph(nodes, "vgg16", [picture], [output], constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
