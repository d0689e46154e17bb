use tintype::prelude::*;

network! {
    struct Net: [16, 16, 2] -> [10] { Conv2d(4, kernel = 3, dilation = 0), Flatten, Dense(10) }
}

fn main() {
    let net = Net::boxed(Seed(1));
    let output = net.forward(&Tensor::zeros());
    println!("{:?} {} {}", output.as_slice(), Net::PARAMS, Net::summary());
}
