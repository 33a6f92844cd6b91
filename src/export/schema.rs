//! JSON Schemas of the JSON files, made from the records themselves.

use schemars::{JsonSchema, schema_for};

use super::OutputFile;
use super::json::{self, ExpertsFile};
use crate::analysis::{DocumentRecord, ManifestRecord, SCHEMA_VERSION};
use crate::{Error, Result, Stage};

/// `document.schema.json`, `experts.schema.json` and `manifest.schema.json`, as kept in
/// `docs/schema`.
pub fn schemas() -> Result<Vec<OutputFile>> {
    Ok(vec![
        schema::<DocumentRecord>("document")?,
        schema::<ExpertsFile>("experts")?,
        schema::<ManifestRecord>("manifest")?,
    ])
}

fn schema<T: JsonSchema>(name: &str) -> Result<OutputFile> {
    let path = format!("{name}.schema.json");
    let mut schema = schema_for!(T);
    schema.insert(
        "$id".to_owned(),
        format!("stancemap/{SCHEMA_VERSION}/{path}").into(),
    );
    let bytes = json::to_bytes(&schema).map_err(|e| {
        Error::new(Stage::Export, "a schema could not be written")
            .at(path.clone())
            .caused_by(e)
    })?;
    Ok(OutputFile { path, bytes })
}
