//! Benchmarks that are told in GFLOP/s and as a share of what the processor can do.

use std::time::Duration;

use criterion::measurement::{Measurement, ValueFormatter, WallTime};
use criterion::{Criterion, Throughput};
use tintype::simd::multiply_add_rate;

/// Wall-clock time. A throughput in `Elements` counts multiply-accumulates; `Bytes` are bytes.
pub struct Flops {
    formatter: FlopsFormatter,
}

struct FlopsFormatter {
    /// The multiply-adds in a second that the processor can do.
    peak: f64,
}

/// The configuration of all benchmarks: short, since there are many.
pub fn criterion() -> Criterion<Flops> {
    Criterion::default()
        .with_measurement(Flops { formatter: FlopsFormatter { peak: multiply_add_rate::<f32>() } })
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(800))
        .sample_size(30)
        .configure_from_args()
}

impl Measurement for Flops {
    type Intermediate = <WallTime as Measurement>::Intermediate;
    type Value = <WallTime as Measurement>::Value;

    fn start(&self) -> Self::Intermediate {
        WallTime.start()
    }

    fn end(&self, start: Self::Intermediate) -> Self::Value {
        WallTime.end(start)
    }

    fn add(&self, a: &Self::Value, b: &Self::Value) -> Self::Value {
        WallTime.add(a, b)
    }

    fn zero(&self) -> Self::Value {
        WallTime.zero()
    }

    fn to_f64(&self, value: &Self::Value) -> f64 {
        WallTime.to_f64(value)
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        &self.formatter
    }
}

impl ValueFormatter for FlopsFormatter {
    fn format_throughput(&self, throughput: &Throughput, nanoseconds: f64) -> String {
        match throughput {
            Throughput::Elements(macs) => {
                let macs = *macs as f64;
                let share = 100.0 * macs / (1e-9 * nanoseconds) / self.peak;
                format!("{:.1} GFLOP/s ({share:.0}% of peak)", 2.0 * macs / nanoseconds)
            }
            other => WallTime.formatter().format_throughput(other, nanoseconds),
        }
    }

    fn scale_values(&self, typical: f64, values: &mut [f64]) -> &'static str {
        WallTime.formatter().scale_values(typical, values)
    }

    fn scale_throughputs(&self, typical: f64, throughput: &Throughput, values: &mut [f64]) -> &'static str {
        if let Throughput::Elements(macs) = throughput {
            for value in values {
                *value = 2.0 * *macs as f64 / *value;
            }
            return "GFLOP/s";
        }
        WallTime.formatter().scale_throughputs(typical, throughput, values)
    }

    fn scale_for_machines(&self, values: &mut [f64]) -> &'static str {
        WallTime.formatter().scale_for_machines(values)
    }
}
