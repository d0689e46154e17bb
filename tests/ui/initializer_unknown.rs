use tintype::prelude::*;

network! {
    struct Net: [8] -> [10] {
        Dense(4, init = HeNormall),
        Dense(4, init = Random),
        Dense(4, init = Constant),
        Dense(4, init = HeNormal(2.0)),
        Dense(10, init = "zeros"),
    }
}

fn main() {
    let net = Net::boxed(Seed(1));
    let output = net.forward(&Tensor::zeros());
    println!("{:?} {} {}", output.as_slice(), Net::PARAMS, Net::summary());
}
