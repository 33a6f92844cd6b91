//! Just enough of the ONNX file format to write a model: protobuf messages, encoded by hand.
//!
//! Field numbers are those of `onnx.proto3` (ONNX's IR version 10). Only what the encoder's graph
//! needs is here: float and int64 constants, nodes with number attributes, named inputs and outputs.

/// Opset with `LayerNormalization` (17) and `Gelu` (20).
const OPSET: u64 = 20;
const IR_VERSION: u64 = 10;
const FLOAT: u64 = 1;
const INT64: u64 = 7;

/// A protobuf message under construction.
#[derive(Default)]
struct Message(Vec<u8>);

impl Message {
    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    fn number(&mut self, field: u64, value: u64) -> &mut Self {
        self.varint(field << 3);
        self.varint(value);
        self
    }

    fn float(&mut self, field: u64, value: f32) -> &mut Self {
        self.varint(field << 3 | 5);
        self.0.extend_from_slice(&value.to_le_bytes());
        self
    }

    fn bytes(&mut self, field: u64, value: &[u8]) -> &mut Self {
        self.varint(field << 3 | 2);
        self.varint(value.len() as u64);
        self.0.extend_from_slice(value);
        self
    }

    fn text(&mut self, field: u64, value: &str) -> &mut Self {
        self.bytes(field, value.as_bytes())
    }

    fn message(&mut self, field: u64, value: &Message) -> &mut Self {
        self.bytes(field, &value.0)
    }
}

/// The value of a node's attribute.
pub enum Attribute<'a> {
    Int(i64),
    Float(f32),
    Ints(&'a [i64]),
}

/// A graph that grows node by node; every method that adds a node returns its output's name.
#[derive(Default)]
pub struct Graph {
    body: Message,
    nodes: usize,
}

impl Graph {
    /// A named constant of `shape`, row-major.
    pub fn floats(&mut self, name: &str, shape: &[usize], data: &[f32]) -> String {
        debug_assert_eq!(shape.iter().product::<usize>(), data.len());
        let raw: Vec<u8> = data.iter().flat_map(|x| x.to_le_bytes()).collect();
        self.constant(name, shape, FLOAT, &raw)
    }

    /// A named vector of integers, such as the shape that a `Reshape` wants.
    pub fn ints(&mut self, name: &str, data: &[i64]) -> String {
        let raw: Vec<u8> = data.iter().flat_map(|x| x.to_le_bytes()).collect();
        self.constant(name, &[data.len()], INT64, &raw)
    }

    fn constant(&mut self, name: &str, shape: &[usize], kind: u64, raw: &[u8]) -> String {
        let mut tensor = Message::default();
        for &size in shape {
            tensor.number(1, size as u64);
        }
        tensor.number(2, kind).text(8, name).bytes(9, raw);
        self.body.message(5, &tensor);
        name.to_owned()
    }

    /// Applies `operator` to `inputs`.
    pub fn node(
        &mut self,
        operator: &str,
        inputs: &[&str],
        attributes: &[(&str, Attribute)],
    ) -> String {
        let output = format!("{}_{}", operator.to_lowercase(), self.nodes);
        self.named_node(operator, inputs, attributes, &output);
        output
    }

    /// As [`Graph::node`], with the output's name given: the way to make a graph's output.
    pub fn named_node(
        &mut self,
        operator: &str,
        inputs: &[&str],
        attributes: &[(&str, Attribute)],
        output: &str,
    ) {
        self.nodes += 1;
        let mut node = Message::default();
        for input in inputs {
            node.text(1, input);
        }
        node.text(2, output).text(3, output).text(4, operator);
        for (name, value) in attributes {
            let mut attribute = Message::default();
            attribute.text(1, name);
            match value {
                Attribute::Float(value) => attribute.float(2, *value).number(20, 1),
                Attribute::Int(value) => attribute.number(3, *value as u64).number(20, 2),
                Attribute::Ints(values) => {
                    for value in *values {
                        attribute.number(8, *value as u64);
                    }
                    attribute.number(20, 7)
                }
            };
            node.message(5, &attribute);
        }
        self.body.message(1, &node);
    }

    /// Declares an integer input; the dimensions are symbols.
    pub fn integer_input(&mut self, name: &str, dimensions: &[&str]) {
        let info = value_info(name, INT64, dimensions);
        self.body.message(11, &info);
    }

    /// Declares a float output; the dimensions are symbols.
    pub fn float_output(&mut self, name: &str, dimensions: &[&str]) {
        let info = value_info(name, FLOAT, dimensions);
        self.body.message(12, &info);
    }

    /// The whole file.
    pub fn into_model(mut self, name: &str) -> Vec<u8> {
        self.body.text(2, name);
        let mut opset = Message::default();
        opset.text(1, "").number(2, OPSET);
        let mut model = Message::default();
        model
            .number(1, IR_VERSION)
            .text(2, env!("CARGO_PKG_NAME"))
            .message(8, &opset)
            .message(7, &self.body);
        model.0
    }
}

fn value_info(name: &str, kind: u64, dimensions: &[&str]) -> Message {
    let mut shape = Message::default();
    for dimension in dimensions {
        let mut symbol = Message::default();
        symbol.text(2, dimension);
        shape.message(1, &symbol);
    }
    let mut tensor = Message::default();
    tensor.number(1, kind).message(2, &shape);
    let mut of = Message::default();
    of.message(1, &tensor);
    let mut info = Message::default();
    info.text(1, name).message(2, &of);
    info
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_above_127_take_more_than_one_byte() {
        let mut message = Message::default();
        message.number(1, 300);
        assert_eq!(message.0, [0x08, 0xac, 0x02]);
    }

    #[test]
    fn a_graph_of_our_own_runs() {
        let mut graph = Graph::default();
        graph.integer_input("ids", &["n"]);
        graph.floats("table", &[2, 2], &[1.0, 2.0, 3.0, 4.0]);
        graph.named_node(
            "Gather",
            &["table", "ids"],
            &[("axis", Attribute::Int(0))],
            "rows",
        );
        graph.float_output("rows", &["n", "two"]);
        let model = rten::Model::load(graph.into_model("test")).unwrap();
        let ids = rten_tensor::NdTensor::from_data([2], vec![1, 0]);
        let rows = model.run_one(ids.into(), None).unwrap();
        assert_eq!(
            rows.into_shape_vec::<f32, 2>().unwrap(),
            ([2, 2], vec![3.0, 4.0, 1.0, 2.0])
        );
    }
}
