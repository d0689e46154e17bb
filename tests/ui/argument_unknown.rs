use tintype::prelude::*;

network! {
    struct Net: [8, 8, 1] -> [10] {
        conv: Conv2d(8, kernel_size = 3),
        Conv2d(8, kernel = 3, strid = 2, colour = 3),
        Flatten,
        Dense(10, activation = relu),
    }
}

fn main() {
    let net = Net::boxed(Seed(1));
    let output = net.forward(&Tensor::zeros());
    println!("{:?} {} {}", output.as_slice(), Net::PARAMS, Net::summary());
}
