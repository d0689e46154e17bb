//! The command line, which is the same for all programs.

use std::path::PathBuf;

use crate::Workload;

pub struct Arguments {
    /// The folder with the files that `prepare.py` has written.
    pub work: PathBuf,
    pub workload: Workload,
    /// Which of its ways the library is used in.
    pub configuration: String,
    pub threads: usize,
    /// `train32`, `infer1` and the like.
    pub metrics: Vec<String>,
    /// How many samples an epoch has.
    pub samples: usize,
    /// How long each metric is measured.
    pub seconds: f64,
}

impl Arguments {
    pub fn parse() -> Result<Self, String> {
        let mut given = std::env::args().skip(1);
        let mut value = |wanted: &str| match given.next() {
            Some(name) if name == wanted => given.next().ok_or_else(|| format!("{wanted} needs a value")),
            other => Err(format!("{wanted} is wanted, not {}", other.as_deref().unwrap_or("the end"))),
        };
        let bad = |name, text: &str| format!("{name} cannot be {text}");
        let work = value("--work")?.into();
        let workload = value("--workload")?;
        let workload = Workload::named(&workload).ok_or_else(|| bad("--workload", &workload))?;
        let configuration = value("--configuration")?;
        let threads = value("--threads")?;
        let metrics = value("--metrics")?.split(',').map(str::to_owned).collect();
        let samples = value("--samples")?;
        let seconds = value("--seconds")?;
        Ok(Self {
            work,
            workload,
            configuration,
            threads: threads.parse().map_err(|_| bad("--threads", &threads))?,
            metrics,
            samples: samples.parse().map_err(|_| bad("--samples", &samples))?,
            seconds: seconds.parse().map_err(|_| bad("--seconds", &seconds))?,
        })
    }
}
