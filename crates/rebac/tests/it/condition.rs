//! Conditions: what compiles, what holds, what it costs, and what can never happen.

mod any_text;
mod compile;
mod context;
mod cost;
mod effort;
mod evaluate;
mod random;
mod samples;
mod soundness;
mod time;

use rebac::condition::{CompileError, Compiled, Context, Evaluation, EvaluationError, JsonObject};
use rebac::{Condition, Definition, ParameterType};
use serde_json::{Value, json};

/// A condition with these parameters and this expression.
fn condition(parameters: &[(&str, ParameterType)], expression: &str) -> Condition {
    Condition {
        name: "condition1".to_owned(),
        parameters: parameters
            .iter()
            .map(|(name, kind)| ((*name).to_owned(), kind.clone()))
            .collect(),
        expression: expression.to_owned(),
        definition: Definition::default(),
    }
}

fn compile(
    parameters: &[(&str, ParameterType)],
    expression: &str,
) -> Result<Compiled, CompileError> {
    Compiled::new(&condition(parameters, expression))
}

/// The message of the refusal to compile.
fn refusal(parameters: &[(&str, ParameterType)], expression: &str) -> String {
    match compile(parameters, expression) {
        Ok(_) => panic!("compiled: {expression}"),
        Err(error) => error.to_string(),
    }
}

fn object(value: Value) -> JsonObject {
    match value {
        Value::Object(object) => object,
        other => panic!("not an object: {other}"),
    }
}

/// Evaluates with what a request says, and without a limit of cost that matters.
fn run(
    parameters: &[(&str, ParameterType)],
    expression: &str,
    request: Value,
) -> Result<Evaluation, EvaluationError> {
    let compiled = match compile(parameters, expression) {
        Ok(compiled) => compiled,
        Err(error) => panic!("{expression}: {error}"),
    };
    let request = object(request);
    compiled.evaluate_within(&Context::new(None, Some(&request)), 1_000_000)
}

/// Whether an expression without parameters holds.
fn holds(expression: &str) -> Result<bool, String> {
    run(&[], expression, json!({}))
        .map(|evaluation| evaluation.holds)
        .map_err(|error| error.to_string())
}

/// Every line is an expression that holds.
fn assert_all_hold(expressions: &str) {
    for expression in expressions.lines().map(str::trim) {
        if !expression.is_empty() {
            assert_eq!(holds(expression), Ok(true), "{expression}");
        }
    }
}

/// Every line is an expression, `=>`, and the message of its fault.
fn assert_all_fault(lines: &str) {
    for line in lines.lines().map(str::trim) {
        if let Some((expression, message)) = line.split_once("=>") {
            let expected = Err(message.trim().to_owned());
            assert_eq!(holds(expression.trim()), expected, "{expression}");
        }
    }
}

fn list(item: ParameterType) -> ParameterType {
    ParameterType::List(Box::new(item))
}

fn map(value: ParameterType) -> ParameterType {
    ParameterType::Map(Box::new(value))
}
