#!/usr/bin/env python3
"""Writes the golden files: what PyTorch computes for every layer, loss and optimizer.

    python generate.py             writes every file anew
    python generate.py conv2d adam writes the cases whose name contains a word
    python generate.py --check     recomputes and compares with the files present

One case makes one file, `<name>.safetensors`. Inputs are drawn at random and rounded to f32,
everything after them is computed in f64, and results are rounded to f32 at the very end, so a
golden value is the true one to the last bit or so. Each case draws from a generator seeded with
its own name: adding or changing one case leaves all others as they were.

The layouts are tintype's, not PyTorch's: images are [batch][height][width][channel], a dense
weight is [in][out], a convolution weight is [kernel height][kernel width][in / groups][out].
Tensors are permuted inside the differentiated function, so the gradients have these layouts too.
See README.md for the names of the tensors.
"""

import argparse
import sys
import zlib
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file

HERE = Path(__file__).resolve().parent
BATCH = 3
EPSILON = 1e-3  # of batch normalization
MOMENTUM = 0.99  # of batch normalization: the share of the old running statistics that stays
TOLERANCE = 1e-6  # of --check

CASES = {}


def case(name, about):
    """Registers the function below as the case `name`; it gets a `Draw`, returns the tensors."""

    def register(function):
        add(name, about, function)
        return function

    return register


def add(name, about, function):
    assert name not in CASES, f"two cases are named {name}"
    CASES[name] = (about, function)


class Draw:
    """Random f64 tensors whose values are exact in f32."""

    def __init__(self, name):
        self.generator = torch.Generator().manual_seed(zlib.crc32(name.encode()))

    def normal(self, *shape, scale=1.0):
        values = torch.randn(shape, generator=self.generator, dtype=torch.float64)
        return f32_exact(values * scale)

    def uniform(self, *shape, low=0.0, high=1.0):
        values = torch.rand(shape, generator=self.generator, dtype=torch.float64)
        return f32_exact(low + (high - low) * values)

    def classes(self, count, number_of_classes):
        return torch.randint(number_of_classes, (count,), generator=self.generator)


def f32_exact(values):
    return values.to(torch.float32).to(torch.float64)


def differentiate(draw, forward, x, **parameters):
    """Runs `forward(x, **parameters)` and a backward pass from a random upstream gradient."""
    x = x.clone().requires_grad_()
    parameters = {name: value.clone().requires_grad_() for name, value in parameters.items()}
    y = forward(x, **parameters)
    dy = draw.normal(*y.shape)
    gradients = torch.autograd.grad(y, [x, *parameters.values()], grad_outputs=dy)
    tensors = {"x": x, **parameters, "y": y, "dy": dy, "dx": gradients[0]}
    for name, gradient in zip(parameters, gradients[1:]):
        tensors[f"d_{name}"] = gradient
    return tensors


def to_nchw(images):
    return images.permute(0, 3, 1, 2)


def to_nhwc(images):
    return images.permute(0, 2, 3, 1)


def pair(value):
    return (value, value) if isinstance(value, int) else tuple(value)


def same_padding(size, window, stride, dilation=1):
    """(before, after) as TensorFlow and Keras pad for "same": the smaller half comes first."""
    out = -(-size // stride)
    total = max((out - 1) * stride + dilation * (window - 1) + 1 - size, 0)
    return total // 2, total - total // 2


def pad_images(x, window, stride, padding, value=0.0, dilation=(1, 1)):
    """Pads NCHW images; `padding` is "same", or one number per axis for both of its ends."""
    if padding == "same":
        height, width = (
            same_padding(x.shape[2 + axis], window[axis], stride[axis], dilation[axis])
            for axis in (0, 1)
        )
    else:
        height, width = ((amount, amount) for amount in pair(padding))
    return F.pad(x, (*width, *height), value=value)


# ---- dense -------------------------------------------------------------------------------------


@case("dense", "dense layer, 5 -> 7")
def dense(draw):
    return differentiate(
        draw,
        lambda x, weight, bias: x @ weight + bias,
        draw.normal(BATCH, 5),
        weight=draw.normal(5, 7, scale=0.5),
        bias=draw.normal(7, scale=0.5),
    )


@case("dense_no_bias", "dense layer without a bias, 5 -> 7")
def dense_no_bias(draw):
    return differentiate(
        draw,
        lambda x, weight: x @ weight,
        draw.normal(BATCH, 5),
        weight=draw.normal(5, 7, scale=0.5),
    )


# ---- convolution -------------------------------------------------------------------------------


def conv2d(
    name,
    image,
    out,
    kernel=3,
    stride=1,
    dilation=1,
    padding=0,
    groups=1,
    bias=True,
    batch=BATCH,
):
    kernel, stride, dilation = pair(kernel), pair(stride), pair(dilation)

    def forward(x, weight, bias=None):
        x = pad_images(to_nchw(x), kernel, stride, padding, dilation=dilation)
        weight = weight.permute(3, 2, 0, 1)
        return to_nhwc(F.conv2d(x, weight, bias, stride, 0, dilation, groups))

    def tensors(draw):
        in_per_group = image[2] // groups
        scale = (kernel[0] * kernel[1] * in_per_group) ** -0.5
        parameters = {"weight": draw.normal(*kernel, in_per_group, out, scale=scale)}
        if bias:
            parameters["bias"] = draw.normal(out, scale=0.5)
        return differentiate(draw, forward, draw.normal(batch, *image), **parameters)

    about = (
        f"2-d convolution of {shape_text(image)} to {out} channels, kernel {list(kernel)}, "
        f"stride {list(stride)}, dilation {list(dilation)}, "
        f"padding {padding if padding == 'same' else list(pair(padding))}, groups {groups}"
    )
    add(name, about + ("" if bias else ", no bias"), tensors)


def shape_text(shape):
    return "x".join(map(str, shape))


conv2d("conv2d", (6, 7, 3), 4)
conv2d("conv2d_no_bias", (6, 7, 3), 4, bias=False)
conv2d("conv2d_rect_stride", (9, 8, 2), 5, kernel=(3, 2), stride=(2, 1))
conv2d("conv2d_dilation", (9, 9, 2), 3, dilation=2)
conv2d("conv2d_same", (7, 6, 2), 4, padding="same")
conv2d("conv2d_same_even_stride2", (7, 8, 2), 3, kernel=(4, 3), stride=2, padding="same")
conv2d("conv2d_padding", (6, 5, 2), 3, kernel=(3, 5), padding=(1, 2))
conv2d("conv2d_groups", (6, 6, 4), 6, groups=2)
conv2d("conv2d_wide", (8, 8, 16), 32, batch=1)


# ---- pooling and shape -------------------------------------------------------------------------


def max_pool2d(x, window, stride, padding):
    """Padded cells are minus infinity: they never win."""
    assert x.unique().numel() == x.numel(), "a tie would leave the gradient open"
    return F.max_pool2d(pad_images(x, window, stride, padding, value=-torch.inf), window, stride)


def avg_pool2d(x, window, stride, padding):
    """Padded cells do not count: a window's mean is over the cells inside the image."""
    total = F.avg_pool2d(pad_images(x, window, stride, padding), window, stride)
    inside = pad_images(torch.ones_like(x[:1, :1]), window, stride, padding)
    return total / F.avg_pool2d(inside, window, stride)


def pool2d(name, pool, image, window, stride=None, padding=0):
    window = pair(window)
    stride = window if stride is None else pair(stride)

    def tensors(draw):
        return differentiate(
            draw,
            lambda x: to_nhwc(pool(to_nchw(x), window, stride, padding)),
            draw.normal(BATCH, *image),
        )

    about = (
        f"{'maximum' if pool is max_pool2d else 'average'} pooling of {shape_text(image)}, "
        f"window {list(window)}, stride {list(stride)}, "
        f"padding {padding if padding == 'same' else list(pair(padding))}"
    )
    add(name, about, tensors)


pool2d("max_pool2d", max_pool2d, (7, 8, 3), window=2)
pool2d("max_pool2d_overlap", max_pool2d, (7, 7, 2), window=3, stride=2)
pool2d("max_pool2d_padding", max_pool2d, (6, 6, 2), window=3, stride=2, padding=1)
pool2d("avg_pool2d", avg_pool2d, (6, 8, 3), window=2)
pool2d("avg_pool2d_same", avg_pool2d, (7, 7, 2), window=3, stride=2, padding="same")


@case("global_avg_pool2d", "mean over height and width, 5x6x4 -> 4")
def global_avg_pool2d(draw):
    return differentiate(draw, lambda x: x.mean(dim=(1, 2)), draw.normal(BATCH, 5, 6, 4))


@case("flatten", "2x3x4 -> 24, the channel varying fastest")
def flatten(draw):
    return differentiate(draw, lambda x: x.flatten(1), draw.normal(BATCH, 2, 3, 4))


# ---- batch normalization -----------------------------------------------------------------------


def batch_norm(name, shape, training):
    """The last axis holds the features; statistics are over all others.

    Written out, since PyTorch keeps the unbiased variance in its running statistics and Keras,
    whose meaning this is, the biased one. The output is still checked against PyTorch's.
    """
    features = shape[-1]
    axes = tuple(range(len(shape) - 1))

    def tensors(draw):
        x = f32_exact(draw.normal(*shape) * 1.5 + draw.normal(features))
        running_mean = draw.normal(features, scale=0.5)
        running_variance = draw.uniform(features, low=0.5, high=2.0)
        batch_mean = x.mean(dim=axes)
        batch_variance = x.var(dim=axes, correction=0)

        def forward(x, gamma, beta):
            if training:
                mean, variance = x.mean(dim=axes), x.var(dim=axes, correction=0)
            else:
                mean, variance = running_mean, running_variance
            y = (x - mean) / torch.sqrt(variance + EPSILON) * gamma + beta
            peer = F.batch_norm(
                x.movedim(-1, 1),
                running_mean.clone(),
                running_variance.clone(),
                gamma,
                beta,
                training,
                eps=EPSILON,
            )
            torch.testing.assert_close(y, peer.movedim(1, -1))
            return y

        result = differentiate(
            draw,
            forward,
            x,
            gamma=draw.uniform(features, low=0.5, high=1.5),
            beta=draw.normal(features, scale=0.5),
        )
        result["running_mean"] = running_mean
        result["running_variance"] = running_variance
        if training:
            for statistic, old, new in (
                ("mean", running_mean, batch_mean),
                ("variance", running_variance, batch_variance),
            ):
                result[f"running_{statistic}_after"] = MOMENTUM * old + (1 - MOMENTUM) * new
        return result

    mode = f"training, momentum {MOMENTUM}" if training else "inference"
    add(name, f"batch normalization of {features} features, {mode}, epsilon {EPSILON}", tensors)


batch_norm("batch_norm_training", (8, 6), training=True)
batch_norm("batch_norm_image_training", (4, 5, 5, 3), training=True)
batch_norm("batch_norm_inference", (8, 6), training=False)


# ---- activations -------------------------------------------------------------------------------


def activation(name, about, function):
    def tensors(draw):
        x = draw.normal(4, 9, scale=2.0)
        x[2, :3] = torch.tensor([20.0, -20.0, 0.125])  # far out on both sides, within one row
        x[3, 4:6] = torch.tensor([-20.0, -18.5])
        return differentiate(draw, function, x)

    add(name, about, tensors)


activation("relu", "max(x, 0)", F.relu)
activation("leaky_relu", "negative slope 0.01", lambda x: F.leaky_relu(x, 0.01))
activation("leaky_relu_0_3", "negative slope 0.3", lambda x: F.leaky_relu(x, 0.3))
activation("sigmoid", "1 / (1 + exp(-x))", torch.sigmoid)
activation("tanh", "hyperbolic tangent", torch.tanh)
activation("gelu", "exact, by the error function", F.gelu)
activation("gelu_tanh", "by the tanh approximation", lambda x: F.gelu(x, approximate="tanh"))
activation("silu", "x * sigmoid(x)", F.silu)
activation("softmax", "over the last axis", lambda x: F.softmax(x, dim=-1))
activation("log_softmax", "over the last axis", lambda x: F.log_softmax(x, dim=-1))


# ---- losses ------------------------------------------------------------------------------------

ROWS, CLASSES = 5, 10


def loss_tensors(function, output, target):
    output = output.clone().requires_grad_()
    loss = function(output, target)
    (d_output,) = torch.autograd.grad(loss, output)
    tensors = {"output": output, "target": target, "loss": loss.reshape(1), "d_output": d_output}
    if not target.is_floating_point():
        tensors["target_one_hot"] = F.one_hot(target, CLASSES)
    return tensors


@case("loss_cross_entropy", "of logits, mean over the batch")
def cross_entropy(draw):
    output = draw.normal(ROWS, CLASSES, scale=2.0)
    output[1, 3], output[2, 0] = 20.0, -20.0
    return loss_tensors(F.cross_entropy, output, draw.classes(ROWS, CLASSES))


@case("loss_negative_log_likelihood", "of log-probabilities, mean over the batch")
def negative_log_likelihood(draw):
    output = f32_exact(F.log_softmax(draw.normal(ROWS, CLASSES, scale=2.0), dim=-1))
    return loss_tensors(F.nll_loss, output, draw.classes(ROWS, CLASSES))


@case(
    "loss_cross_entropy_on_probabilities",
    "Keras' categorical_crossentropy: rows divided by their sum, clipped to [1e-7, 1 - 1e-7]",
)
def cross_entropy_on_probabilities(draw):
    def function(output, target):
        p = output / output.sum(dim=-1, keepdim=True)
        p = p.clamp(1e-7, 1 - 1e-7)
        return -(F.one_hot(target, CLASSES) * p.log()).sum(dim=-1).mean()

    # Rows that do not sum to one, so that dividing by the sum shows; the last row's target lies
    # below the clip, where the loss is -log(1e-7) and the gradient zero.
    output = f32_exact(
        F.softmax(draw.normal(ROWS, CLASSES), dim=-1) * draw.uniform(ROWS, 1, low=0.7, high=1.3)
    )
    target = draw.classes(ROWS, CLASSES)
    output[-1, target[-1]] = 1e-9
    return loss_tensors(function, f32_exact(output), target)


def regression_loss(name, about, function):
    def tensors(draw):
        target = draw.normal(ROWS, CLASSES)
        output = f32_exact(target + draw.normal(ROWS, CLASSES, scale=1.2))
        distance = (output - target).abs()
        for kink in (0.0, 0.5, 1.0):
            assert (distance - kink).abs().min() > 1e-5, "too near to where the slope changes"
        return loss_tensors(function, output, target)

    add(f"loss_{name}", f"{about}, mean over all elements", tensors)


regression_loss("mean_squared_error", "(output - target)^2", F.mse_loss)
regression_loss("mean_absolute_error", "|output - target|", F.l1_loss)
regression_loss("huber", "delta 1", lambda output, target: F.huber_loss(output, target, delta=1.0))
regression_loss(
    "huber_0_5", "delta 0.5", lambda output, target: F.huber_loss(output, target, delta=0.5)
)


def binary_target(draw):
    """Zeros and ones, with the last row in between."""
    target = draw.uniform(ROWS, CLASSES)
    target[:-1] = target[:-1].round()
    return target


@case("loss_binary_cross_entropy", "of probabilities, mean over all elements")
def binary_cross_entropy(draw):
    output = draw.uniform(ROWS, CLASSES, low=0.02, high=0.98)
    return loss_tensors(F.binary_cross_entropy, output, binary_target(draw))


@case("loss_binary_cross_entropy_with_logits", "mean over all elements")
def binary_cross_entropy_with_logits(draw):
    output = draw.normal(ROWS, CLASSES, scale=2.0)
    output[0, :4] = torch.tensor([20.0, -20.0, 18.5, -18.5])
    return loss_tensors(F.binary_cross_entropy_with_logits, output, binary_target(draw))


# ---- optimizers --------------------------------------------------------------------------------

STEPS, PARAMETERS = 10, 23


def optimizer(name, kind, **options):
    def tensors(draw):
        initial = draw.normal(PARAMETERS)
        # From tiny to large, so that epsilon shows; the last parameter never has a gradient.
        scales = torch.logspace(-4, 1, PARAMETERS, dtype=torch.float64)
        gradients = f32_exact(draw.normal(STEPS, PARAMETERS) * scales)
        gradients[:, -1] = 0.0
        parameter = initial.clone().requires_grad_()
        steps = kind([parameter], **options)
        after = []
        for gradient in gradients:
            parameter.grad = gradient.clone()
            steps.step()
            after.append(parameter.detach().clone())
        return {"initial": initial, "gradients": gradients, "after": torch.stack(after)}

    about = ", ".join(f"{option} {value}" for option, value in options.items())
    add(f"optimizer_{name}", f"torch.optim.{kind.__name__}, {about}", tensors)


optimizer("sgd", torch.optim.SGD, lr=0.1)
optimizer("sgd_momentum", torch.optim.SGD, lr=0.1, momentum=0.9)
optimizer("sgd_nesterov", torch.optim.SGD, lr=0.1, momentum=0.9, nesterov=True)
optimizer("adam", torch.optim.Adam, lr=1e-2, betas=(0.9, 0.999), eps=1e-8)
optimizer("adamw", torch.optim.AdamW, lr=1e-2, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.05)
optimizer("rmsprop", torch.optim.RMSprop, lr=1e-2, alpha=0.9, eps=1e-8)
optimizer("rmsprop_momentum", torch.optim.RMSprop, lr=1e-2, alpha=0.9, eps=1e-8, momentum=0.9)


# ---- files -------------------------------------------------------------------------------------


def compute(name):
    _, function = CASES[name]
    tensors = {
        key: value.detach().to(torch.float32).contiguous()
        for key, value in function(Draw(name)).items()
    }
    for key, value in tensors.items():
        assert value.isfinite().all(), f"{name}: {key} is not finite"
    return tensors


def path_of(name):
    return HERE / f"{name}.safetensors"


def write(names):
    for name in names:
        about, _ = CASES[name]
        # One entry of metadata only: the library writes several in no fixed order.
        save_file(compute(name), path_of(name), metadata={"about": about})
        path_of(name).chmod(0o644)
    size = sum(path_of(name).stat().st_size for name in names)
    print(f"{len(names)} files written, {size / 1024:.0f} KiB")


def differences(name):
    """What sets the file of a case apart from the case recomputed, as lines of text."""
    if not path_of(name).exists():
        return [f"{name}: no file"]
    stored, fresh = load_file(path_of(name)), compute(name)
    if stored.keys() != fresh.keys():
        return [f"{name}: holds {sorted(stored)}, should hold {sorted(fresh)}"]
    lines = []
    for key, value in fresh.items():
        if stored[key].shape != value.shape:
            lines.append(f"{name}: {key} is {list(stored[key].shape)}, not {list(value.shape)}")
        elif not torch.allclose(stored[key], value, rtol=TOLERANCE, atol=TOLERANCE):
            distance = (stored[key] - value).abs().max().item()
            lines.append(f"{name}: {key} is off by up to {distance:.2e}")
    return lines


def check(names):
    lines = [line for name in names for line in differences(name)]
    for path in sorted(HERE.glob("*.safetensors")):
        if path.stem not in CASES:
            lines.append(f"{path.stem}: a file without a case")
    for line in lines:
        print(line, file=sys.stderr)
    if lines:
        sys.exit(1)
    print(f"{len(names)} files agree")


def main():
    parser = argparse.ArgumentParser(description="Writes the golden files from PyTorch.")
    parser.add_argument("words", nargs="*", help="only the cases whose name contains one of these")
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    arguments = parser.parse_args()
    words = arguments.words or [""]
    names = [name for name in CASES if any(word in name for word in words)]
    if not names:
        parser.error("no case has such a name")
    torch.set_num_threads(1)
    (check if arguments.check else write)(names)


if __name__ == "__main__":
    main()
