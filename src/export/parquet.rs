//! Tables as Parquet: typed columns that may be null, uncompressed, the same bytes every time.

use std::sync::Arc;

use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::{Type, TypePtr};

use super::json::six_decimals;
use super::tables::{self, Cell, Column, ColumnKind, Table};
use super::{Exporter, OutputFile};
use crate::analysis::Analysis;
use crate::{Error, Result, Stage};

/// `tables/*.parquet`.
pub struct Parquet;

impl Exporter for Parquet {
    fn name(&self) -> &'static str {
        "parquet"
    }

    fn files(&self, analysis: &Analysis) -> Result<Vec<OutputFile>> {
        tables::all(analysis).iter().map(file).collect()
    }
}

fn file(table: &Table) -> Result<OutputFile> {
    let path = format!("tables/{}.parquet", table.name);
    let bytes = bytes(table).map_err(|e| {
        Error::new(Stage::Export, "a table could not be written as Parquet")
            .at(path.clone())
            .caused_by(e)
    })?;
    Ok(OutputFile { path, bytes })
}

fn bytes(table: &Table) -> Result<Vec<u8>, ParquetError> {
    let properties = WriterProperties::builder()
        .set_compression(Compression::UNCOMPRESSED)
        // Not the crate's version, which would change the bytes with every update.
        .set_created_by("stancemap".to_owned())
        .build();
    let mut bytes = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut bytes, schema(table)?, Arc::new(properties))?;
    if !table.rows.is_empty() {
        let mut group = writer.next_row_group()?;
        for (index, column) in table.columns.iter().enumerate() {
            let cells = table.rows.iter().map(|row| &row[index]);
            write_column(&mut group, column, cells)?;
        }
        group.close()?;
    }
    writer.close()?;
    Ok(bytes)
}

fn schema(table: &Table) -> Result<TypePtr, ParquetError> {
    let fields = table
        .columns
        .iter()
        .map(|column| {
            let (physical, logical) = match column.kind {
                ColumnKind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
                ColumnKind::Integer => (Physical::INT64, None),
                ColumnKind::Real => (Physical::DOUBLE, None),
            };
            Type::primitive_type_builder(&column.name, physical)
                .with_repetition(Repetition::OPTIONAL)
                .with_logical_type(logical)
                .build()
                .map(Arc::new)
        })
        .collect::<Result<Vec<_>, _>>()?;
    let schema = Type::group_type_builder(table.name)
        .with_fields(fields)
        .build()?;
    Ok(Arc::new(schema))
}

fn write_column<'a>(
    group: &mut SerializedRowGroupWriter<'_, &mut Vec<u8>>,
    column: &Column,
    cells: impl Iterator<Item = &'a Cell> + Clone,
) -> Result<(), ParquetError> {
    // 1 where there is a value, 0 where it is null.
    let levels: Vec<i16> = cells
        .clone()
        .map(|cell| i16::from(*cell != Cell::Empty))
        .collect();
    let Some(mut writer) = group.next_column()? else {
        return Err(ParquetError::General(format!("no column {}", column.name)));
    };
    match column.kind {
        ColumnKind::Text => {
            let values: Vec<ByteArray> = cells
                .filter_map(|cell| match cell {
                    Cell::Text(text) => Some(ByteArray::from(text.as_str())),
                    _ => None,
                })
                .collect();
            let typed = writer.typed::<ByteArrayType>();
            typed.write_batch(&values, Some(&levels), None)?;
        }
        ColumnKind::Integer => {
            let values: Vec<i64> = cells
                .filter_map(|cell| match cell {
                    Cell::Integer(value) => Some(*value),
                    _ => None,
                })
                .collect();
            let typed = writer.typed::<Int64Type>();
            typed.write_batch(&values, Some(&levels), None)?;
        }
        ColumnKind::Real => {
            let values: Vec<f64> = cells
                .filter_map(|cell| match cell {
                    Cell::Real(value) => Some(six_decimals(*value)),
                    _ => None,
                })
                .collect();
            let typed = writer.typed::<DoubleType>();
            typed.write_batch(&values, Some(&levels), None)?;
        }
    }
    writer.close()
}
