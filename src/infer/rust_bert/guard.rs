//! What libtorch and rust-bert throw, as errors. Most of their functions panic where a tensor is
//! not what they expect; no such panic leaves this engine, nor does its message reach the terminal.

use std::any::Any;
use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

use rust_bert::RustBertError;

use crate::{Error, Result, Stage};

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Runs `call`; its error or panic becomes an error of this program.
pub fn torch<T>(call: impl FnOnce() -> Result<T, RustBertError>) -> Result<T> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !GUARDED.get() {
                usual(info);
            }
        }));
    });
    let before = GUARDED.replace(true);
    // What `call` works on is dropped or only read after a failure.
    let outcome = panic::catch_unwind(AssertUnwindSafe(call));
    GUARDED.set(before);
    match outcome {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(failed(&error.to_string())),
        Err(payload) => Err(failed(said(&*payload))),
    }
}

fn failed(message: &str) -> Error {
    // libtorch's messages go on with the frames of its stack.
    let frames = message
        .find("\nException raised")
        .or(message.find("\\nException raised"));
    let message = message[..frames.unwrap_or(message.len())].trim();
    let error = Error::new(Stage::Infer, format!("libtorch failed: {message}"));
    let lower = message.to_lowercase();
    if lower.contains("out of memory") || lower.contains("allocate memory") {
        error.remedy("there is too little memory: take a smaller model, or end other programs")
    } else {
        error.remedy("the model's files may not belong together; fetch or convert them again")
    }
}

fn said(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("it gave no reason")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_error_and_libtorchs_own_error_loses_its_stack() {
        let error = torch::<()>(|| panic!("index out of range")).unwrap_err();
        assert!(error.to_string().contains("index out of range"), "{error}");
        let tensor = tch::Tensor::from_slice(&[1.0_f32, 2.0]);
        let error = torch(|| Ok(tensor.f_reshape([3_i64])?))
            .unwrap_err()
            .to_string();
        assert!(error.contains("invalid for input of size 2"), "{error}");
        assert!(!error.contains("frame #"), "{error}");
    }

    #[test]
    fn lack_of_memory_says_what_to_do() {
        let tensor = tch::Tensor::from_slice(&[1.0_f32]);
        let huge = [1_i64 << 45];
        let error = torch(|| Ok(tensor.f_expand(huge, false)?.f_contiguous()?)).unwrap_err();
        assert!(error.to_string().contains("smaller model"), "{error}");
    }
}
