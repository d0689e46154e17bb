use tintype::prelude::*;

const SIDE: usize = 8;
const KERNEL: usize = SIDE - 3;

network! {
    struct Net: [SIDE, SIDE, 1] -> [10] {
        conv1: Conv2d(8, kernel = 3), Relu,
        MaxPool2d(2),
        conv2: Conv2d(64, kernel = KERNEL), Relu,
        Flatten,
        Dense(10),
    }
}

fn main() {
    let net = Net::boxed(Seed(1));
    let output = net.forward(&Tensor::zeros());
    println!("{:?} {} {}", output.as_slice(), Net::PARAMS, Net::summary());
}
