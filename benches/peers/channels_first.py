"""Weights for frameworks that put channels before rows and columns."""

from workloads import Conv, Dense, Flatten


def weights(workload, given):
    """The same network's weights: convolution [out, in, height, width], dense [out, in]."""
    turned = {}
    flattened = None
    for layer, shape, _ in workload.shapes():
        match layer:
            case Flatten():
                flattened = shape
            case Conv(name=name):
                turned[f"{name}.weight"] = given[f"{name}.weight"].transpose(3, 2, 0, 1).copy()
                turned[f"{name}.bias"] = given[f"{name}.bias"]
            case Dense(name=name, units=units):
                weight = given[f"{name}.weight"]
                if flattened is not None:
                    # The vector that the image becomes has its channels first here, and last there.
                    weight = weight.reshape(*flattened, units).transpose(2, 0, 1, 3).reshape(-1, units)
                    flattened = None
                turned[f"{name}.weight"] = weight.T.copy()
                turned[f"{name}.bias"] = given[f"{name}.bias"]
    return turned
