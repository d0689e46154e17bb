//! The layers that the tests run over, with shapes that reach every corner of the kernels.

/// Calls the macro `$tests` with a row for each layer and shape: name, layer, input and output shape, what inputs it can
/// be compared with differences at, whether it is run in training, and how many samples there are. `E` is the element.
macro_rules! layer_table {
    ($tests:ident) => {
        $tests! {
            dense: Dense<E, 5, 7>, Rank1<5> => Rank1<7>, Anything, Training, 1..=16;
            dense_no_bias: Dense<E, 5, 7, 0>, Rank1<5> => Rank1<7>, Anything, Training, 1..=4;
            dense_one: Dense<E, 1, 1>, Rank1<1> => Rank1<1>, Anything, Training, 1..=4;
            dense_wide: Dense<E, 3, 37>, Rank1<3> => Rank1<37>, Anything, Training, 1..=4;
            dense_narrow: Dense<E, 29, 2>, Rank1<29> => Rank1<2>, Anything, Training, 1..=4;
            dense_tanh: Fused<Dense<E, 6, 9>, Tanh>, Rank1<6> => Rank1<9>, Anything, Training, 1..=9;
            dense_sigmoid: Fused<Dense<E, 6, 9>, Sigmoid>, Rank1<6> => Rank1<9>, Anything, Training, 1..=9;

            conv2d: Conv2d<E, 3, 4, 3, 3>, Rank3<6, 7, 3> => Rank3<4, 5, 4>, Anything, Training, 1..=3;
            conv2d_no_bias: Conv2d<E, 3, 4, 3, 3, 0>, Rank3<4, 5, 3> => Rank3<2, 3, 4>, Anything, Training, 1..=3;
            conv2d_rectangle: Conv2d<E, 2, 5, 3, 2, 5, Sliding<2, 1>>, Rank3<7, 6, 2> => Rank3<3, 5, 5>,
                Anything, Training, 1..=3;
            conv2d_dilation: Conv2d<E, 2, 3, 3, 3, 3, Sliding<1, 1, 2, 2>>, Rank3<7, 6, 2> => Rank3<3, 2, 3>,
                Anything, Training, 1..=3;
            conv2d_tall_dilation: Conv2d<E, 2, 3, 3, 2, 3, Sliding<1, 2, 2, 1>>, Rank3<6, 6, 2> => Rank3<2, 3, 3>,
                Anything, Training, 1..=3;
            conv2d_same: Conv2d<E, 2, 4, 3, 3, 4, Sliding<1, 1, 1, 1, 1, 1>>, Rank3<5, 4, 2> => Rank3<5, 4, 4>,
                Anything, Training, 1..=3;
            conv2d_same_even: Conv2d<E, 2, 3, 4, 3, 3, Sliding<2, 2, 1, 1, 1, 0>>, Rank3<7, 8, 2> => Rank3<4, 4, 3>,
                Anything, Training, 1..=2;
            conv2d_padding: Conv2d<E, 2, 3, 3, 5, 3, Sliding<1, 1, 1, 1, 1, 2>>, Rank3<4, 3, 2> => Rank3<4, 3, 3>,
                Anything, Training, 1..=3;
            conv2d_more_padding_than_kernel: Conv2d<E, 1, 3, 2, 1, 3, Sliding<1, 1, 1, 1, 2, 2>>,
                Rank3<2, 3, 1> => Rank3<5, 7, 3>, Anything, Training, 1..=3;
            conv2d_groups: Conv2d<E, 2, 6, 3, 3>, Rank3<4, 5, 4> => Rank3<2, 3, 6>, Anything, Training, 1..=3;
            conv2d_groups_all: Conv2d<E, 2, 6, 3, 2, 6, Sliding<2, 3, 2, 1, 2, 1>>,
                Rank3<5, 6, 4> => Rank3<3, 3, 6>, Anything, Training, 1..=2;
            conv2d_depthwise: Conv2d<E, 1, 5, 3, 3>, Rank3<4, 4, 5> => Rank3<2, 2, 5>, Anything, Training, 1..=3;
            conv2d_depthwise_doubled: Conv2d<E, 1, 6, 2, 3, 0>, Rank3<3, 4, 3> => Rank3<2, 2, 6>,
                Anything, Training, 1..=3;
            conv2d_pointwise: Conv2d<E, 3, 18, 1, 1>, Rank3<3, 5, 3> => Rank3<3, 5, 18>, Anything, Training, 1..=2;
            conv2d_pointwise_stride: Conv2d<E, 3, 5, 1, 1, 5, Sliding<2, 2>>, Rank3<5, 4, 3> => Rank3<3, 2, 5>,
                Anything, Training, 1..=3;
            conv2d_stride_over_kernel: Conv2d<E, 2, 3, 2, 2, 3, Sliding<3, 3>>, Rank3<7, 8, 2> => Rank3<2, 3, 3>,
                Anything, Training, 1..=3;
            conv2d_rest: Conv2d<E, 2, 3, 3, 3, 3, Sliding<2, 2>>, Rank3<6, 8, 2> => Rank3<2, 3, 3>,
                Anything, Training, 1..=3;
            conv2d_whole_image: Conv2d<E, 2, 9, 3, 4>, Rank3<3, 4, 2> => Rank3<1, 1, 9>, Anything, Training, 1..=3;
            conv2d_long_row: Conv2d<E, 1, 2, 2, 3>, Rank3<3, 19, 1> => Rank3<2, 17, 2>, Anything, Training, 1..=2;
            conv2d_one_row: Conv2d<E, 5, 3, 1, 3>, Rank3<1, 7, 5> => Rank3<1, 5, 3>, Anything, Training, 1..=3;
            conv2d_many_channels: Conv2d<E, 17, 3, 2, 2>, Rank3<3, 3, 17> => Rank3<2, 2, 3>, Anything, Training, 1..=2;
            conv2d_rows_apart: Conv2d<E, 33, 2, 2, 5>, Rank3<5, 7, 33> => Rank3<4, 3, 2>, Anything, Training, 1..=1;
            conv2d_tanh: Fused<Conv2d<E, 2, 3, 3, 3>, Tanh>, Rank3<4, 5, 2> => Rank3<2, 3, 3>, Anything, Training, 1..=3;

            max_pool2d: MaxPool2d<2, 2, Sliding<2, 2>>, Rank3<5, 6, 3> => Rank3<2, 3, 3>, Distinct, Training, 1..=3;
            max_pool2d_same: MaxPool2d<2, 2, Sliding<2, 2>>, Rank3<5, 7, 3> => Rank3<3, 4, 3>, Distinct, Training, 1..=3;
            max_pool2d_overlap: MaxPool2d<3, 2, Sliding<2, 1>>, Rank3<5, 5, 2> => Rank3<2, 4, 2>,
                Distinct, Training, 1..=3;
            max_pool2d_padding: MaxPool2d<3, 3, Sliding<2, 2, 1, 1, 1, 1>>, Rank3<6, 5, 9> => Rank3<3, 3, 9>,
                Distinct, Training, 1..=2;
            max_pool2d_dilation: MaxPool2d<2, 2, Sliding<1, 1, 2, 2>>, Rank3<4, 5, 2> => Rank3<2, 3, 2>,
                Distinct, Training, 1..=3;
            avg_pool2d: AvgPool2d<2, 2, Sliding<2, 2>>, Rank3<5, 6, 3> => Rank3<2, 3, 3>, Anything, Training, 1..=3;
            avg_pool2d_overlap: AvgPool2d<3, 2, Sliding<2, 1>>, Rank3<5, 5, 17> => Rank3<2, 4, 17>,
                Anything, Training, 1..=2;
            avg_pool2d_padding: AvgPool2d<3, 3, Sliding<2, 2, 1, 1, 1, 1>>, Rank3<6, 5, 2> => Rank3<3, 3, 2>,
                Anything, Training, 1..=3;
            avg_pool2d_more_padding_than_window: AvgPool2d<2, 1, Sliding<1, 1, 1, 1, 2, 1>>,
                Rank3<2, 3, 2> => Rank3<5, 5, 2>, Anything, Training, 1..=3;
            global_avg_pool2d: GlobalAvgPool2d, Rank3<5, 4, 3> => Rank1<3>, Anything, Training, 1..=3;
            global_avg_pool2d_wide: GlobalAvgPool2d, Rank3<1, 2, 18> => Rank1<18>, Anything, Training, 1..=3;

            relu: Relu, Rank2<3, 7> => Rank2<3, 7>, AwayFromZero, Training, 1..=3;
            leaky_relu: LeakyRelu, Rank1<21> => Rank1<21>, AwayFromZero, Training, 1..=3;
            leaky_relu_steep: LeakyRelu<{ 0.3_f64.to_bits() }>, Rank1<5> => Rank1<5>, AwayFromZero, Training, 1..=3;
            sigmoid: Sigmoid, Rank3<2, 3, 5> => Rank3<2, 3, 5>, Anything, Training, 1..=3;
            tanh: Tanh, Rank1<21> => Rank1<21>, Anything, Training, 1..=3;
            gelu: Gelu, Rank1<21> => Rank1<21>, Anything, Training, 1..=3;
            gelu_tanh: GeluTanh, Rank1<21> => Rank1<21>, Anything, Training, 1..=3;
            silu: Silu, Rank1<21> => Rank1<21>, Anything, Training, 1..=3;
            softmax: Softmax, Rank1<10> => Rank1<10>, Anything, Training, 1..=3;
            softmax_one: Softmax, Rank1<1> => Rank1<1>, Anything, Training, 1..=3;
            softmax_sequence: Softmax, Rank2<3, 16> => Rank2<3, 16>, Anything, Training, 1..=3;
            softmax_image: Softmax, Rank3<2, 1, 37> => Rank3<2, 1, 37>, Anything, Training, 1..=2;
            log_softmax: LogSoftmax, Rank1<10> => Rank1<10>, Anything, Training, 1..=3;
            log_softmax_sequence: LogSoftmax, Rank2<2, 21> => Rank2<2, 21>, Anything, Training, 1..=3;

            dropout: Dropout, Rank1<21> => Rank1<21>, Anything, Training, 1..=3;
            dropout_quarter: Dropout<{ 0.25_f64.to_bits() }>, Rank3<2, 3, 4> => Rank3<2, 3, 4>, Anything, Training, 1..=3;
            dropout_inference: Dropout, Rank1<5> => Rank1<5>, Anything, Inference, 1..=3;
            batch_norm: BatchNorm<E, 6>, Rank1<6> => Rank1<6>, Anything, Training, 4..=9;
            batch_norm_sequence: BatchNorm<E, 3, { 1e-5_f64.to_bits() }>, Rank2<5, 3> => Rank2<5, 3>, Anything, Training, 1..=3;
            batch_norm_image: BatchNorm<E, 17>, Rank3<3, 2, 17> => Rank3<3, 2, 17>, Anything, Training, 2..=3;
            batch_norm_inference: BatchNorm<E, 5>, Rank3<1, 2, 5> => Rank3<1, 2, 5>, Anything, Inference, 1..=3;
            repeat_dense: Repeat<Fused<Dense<E, 4, 4>, Tanh>, 3>, Rank1<4> => Rank1<4>, Anything, Training, 1..=9;
            repeat_conv2d: Repeat<Conv2d<E, 2, 2, 3, 3, 2, Sliding<1, 1, 1, 1, 1, 1>>, 2>,
                Rank3<3, 4, 2> => Rank3<3, 4, 2>, Anything, Training, 1..=3;
            repeat_dropout: Repeat<Dropout, 2>, Rank1<9> => Rank1<9>, Anything, Training, 1..=3;
            repeat_batch_norm: Repeat<BatchNorm<E, 3>, 3>, Rank2<2, 3> => Rank2<2, 3>, Anything, Training, 4..=5;
        }
    };
}
pub(crate) use layer_table;
