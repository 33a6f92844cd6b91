//! stancemap reads policy essays and shows, with evidence, who is quoted, what they say, where
//! they stand, and how their arguments hang together.
//!
//! Data flows one way, and each stage is a module that takes the types of the one before it:
//!
//! ```text
//! load ─▶ layout ─▶ sentence ─▶ quote ─▶ attribute ─▶ people ─▶ infer ─▶ stance ─▶ argmap
//!                                                          └─▶ compare ─▶ export, report
//! ```
//!
//! [`text`] holds the typed coordinates under everything, [`analysis`] the records that a run
//! leaves behind. Nothing here prints or exits; only the binary's `cli` does.

pub mod analysis;
pub mod argmap;
pub mod attribute;
pub mod batch;
pub mod compare;
pub mod config;
pub mod doctor;
pub mod document;
pub mod error;
pub mod eval;
pub mod export;
pub mod infer;
pub mod language;
pub mod layout;
pub mod lexicon;
pub mod load;
pub mod people;
pub mod quote;
pub mod report;
pub mod sentence;
pub mod stance;
pub mod text;

pub use error::{Error, Result, Stage};
