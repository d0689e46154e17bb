use tintype::prelude::*;

const NONE: usize = 0;

network! {
    struct Net: [16, 16, 2] -> [10] {
        Conv2d(NONE, kernel = NONE),
        MaxPool2d(2, stride = NONE),
        Flatten,
        Dense(NONE),
        Dense(10),
    }
}

fn main() {
    let net = Net::boxed(Seed(1));
    let output = net.forward(&Tensor::zeros());
    println!("{:?} {} {}", output.as_slice(), Net::PARAMS, Net::summary());
}
