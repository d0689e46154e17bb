use tintype::prelude::*;

network! {
    struct Net: [28, 28, 1] -> [10] {
        Conv2D(8, kernel = 3), Relu,
        MaxPooling2D(2),
        Flatten,
        hidden: Dens(32),
        Dense(10),
    }
}

fn main() {
    let net = Net::boxed(Seed(1));
    let output = net.forward(&Tensor::zeros());
    println!("{:?} {} {}", output.as_slice(), Net::PARAMS, Net::summary());
}
