use tintype::prelude::*;

network! {
    struct Net: [8, 8, 1] -> [10] {
        Conv2d(8, 3),
        Relu(1),
        Flatten(2),
        Dense(10, 20),
    }
}

fn main() {
    let net = Net::boxed(Seed(1));
    let output = net.forward(&Tensor::zeros());
    println!("{:?} {} {}", output.as_slice(), Net::PARAMS, Net::summary());
}
