//! libtorch's devices and threads.

use crate::infer::{BUILD, Device};
use crate::{Error, Result, Stage};

/// The device, once it is known to be there; sets libtorch's threads for the whole program.
pub fn open(device: Device, threads: Option<usize>) -> Result<tch::Device> {
    if let Some(threads) = threads {
        tch::set_num_threads(i32::try_from(threads).unwrap_or(i32::MAX));
    }
    let number = match device {
        Device::Cpu => return Ok(tch::Device::Cpu),
        Device::Cuda(number) => number,
    };
    let lacks = |what: String| Error::new(Stage::Settings, what).at(format!("--device {device}"));
    if !tch::utils::has_cuda() {
        return Err(
            lacks("this libtorch is one for the CPU".to_owned()).remedy(format!(
                "use --device cpu, or set LIBTORCH to a libtorch with CUDA and {BUILD}"
            )),
        );
    }
    let found = usize::try_from(tch::Cuda::device_count()).unwrap_or(0);
    if !tch::Cuda::is_available() || found == 0 {
        return Err(lacks("libtorch finds no GPU".to_owned())
            .remedy("check the driver with `nvidia-smi`, or use --device cpu"));
    }
    if number >= found {
        return Err(lacks(format!(
            "there are {found} GPUs, and they are numbered from 0"
        ))
        .remedy(format!("use a number up to {}", found - 1)));
    }
    Ok(tch::Device::Cuda(number))
}
