"""The networks as ONNX models, built node by node."""

import onnx
from onnx import TensorProto, helper, numpy_helper

import channels_first
from workloads import Conv, Dense, Flatten, Pool

OPSET = 17
ACTIVATIONS = {"relu": "Relu", "tanh": "Tanh"}


def save(path, workload, weights):
    """Writes the network with these weights; images are [batch, channels, rows, columns]."""
    weights = channels_first.weights(workload, weights)
    nodes, value = [], "input"

    def add(operator, inputs, **attributes):
        nonlocal value
        value = f"value{len(nodes)}"
        nodes.append(helper.make_node(operator, inputs, [value], **attributes))

    for layer in workload.layers:
        match layer:
            case Conv(name=name, kernel=kernel, same=same):
                around = [kernel // 2 if same else 0] * 4
                add("Conv", [value, f"{name}.weight", f"{name}.bias"], kernel_shape=[kernel, kernel], pads=around)
            case Dense(name=name):
                add("Gemm", [value, f"{name}.weight", f"{name}.bias"], transB=1)
            case Pool():
                add("MaxPool", [value], kernel_shape=[2, 2], strides=[2, 2])
            case Flatten():
                add("Flatten", [value])
        if getattr(layer, "activation", None):
            add(ACTIVATIONS[layer.activation], [value])
    shape = workload.input if len(workload.input) == 1 else (workload.input[2], *workload.input[:2])
    graph = helper.make_graph(
        nodes,
        workload.name,
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["batch", *shape])],
        [helper.make_tensor_value_info(value, TensorProto.FLOAT, ["batch", workload.outputs])],
        [numpy_helper.from_array(array, name) for name, array in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, path)
