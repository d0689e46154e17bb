use tintype::prelude::*;

network! {
    struct Net: [8, 8, 3] -> [10] { Conv2d(10, kernel = 8) }
}

fn main() {
    let net = Net::boxed(Seed(1));
    let output = net.forward(&Tensor::zeros());
    println!("{:?} {} {}", output.as_slice(), Net::PARAMS, Net::summary());
}
