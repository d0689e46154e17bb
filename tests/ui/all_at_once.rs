use tintype::prelude::*;

network! {
    struct Net: [28, 28, 1] -> [10] {
        conv1: Conv2d(32, kernal = 3), Relu,
        pool: MaxPool2d(0),
        Flaten,
        hidden: Dense(64, init = HeNorml), Relu,
        hidden: Dense(64), Dropout(2.0),
        output: Dense(10) Softmax,
    }
}

fn main() {
    let net = Net::boxed(Seed(1));
    let output = net.forward(&Tensor::zeros());
    println!("{:?} {} {}", output.as_slice(), Net::PARAMS, Net::summary());
}
