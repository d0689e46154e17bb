use tintype::prelude::*;

network! {
    struct Net: [8] -> [10] { block_hidden: Dense(8), block: Residual { hidden: Dense(8) }, Dense(10) }
}

fn main() {
    let net = Net::boxed(Seed(1));
    let output = net.forward(&Tensor::zeros());
    println!("{:?} {} {}", output.as_slice(), Net::PARAMS, Net::summary());
}
