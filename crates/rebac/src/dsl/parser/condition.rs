//! `condition name(parameter: type) { expression }`.

use std::collections::BTreeSet;

use super::{Parser, Placed, Step};
use crate::dsl::braces::read_expression;
use crate::dsl::lexer::Token;
use crate::dsl::{NESTING_MAX, names};
use crate::model::{Condition, Definition, ParameterType};
use crate::place::Item;

impl Parser<'_> {
    pub(super) fn condition(&mut self) -> Step<()> {
        self.advance();
        let Placed { value: name, place } = self.name("the condition's name")?;
        if !self.condition_names.insert(name) {
            self.errors.push(place.error(format!(
                "condition `{name}` is defined twice: rename or remove one"
            )));
        }
        self.note(Item::Condition(name.to_owned()), place);
        let parameters = self.parameters(name)?;
        let expression = self.condition_expression(name)?;
        let value = Condition {
            name: name.to_owned(),
            parameters,
            expression,
            definition: Definition::default(),
        };
        self.conditions.push(Placed { value, place });
        self.end_line("the condition")
    }

    fn condition_expression(&mut self, condition: &str) -> Step<String> {
        if self.token != Token::Mark('{') {
            return Err(self.expected("`{` and an expression after the parameters"));
        }
        // The lexer stands just behind the brace: what follows is another language.
        let opened = self.place;
        let (expression, place) = read_expression(&mut self.lexer)?;
        self.advance();
        if expression.is_empty() {
            let message = "the condition has no expression: write one between `{` and `}`";
            return Err(opened.error(message));
        }
        self.note(Item::Expression(condition.to_owned()), place);
        Ok(expression)
    }

    /// The parameters with their parentheses, which may span lines.
    fn parameters(&mut self, condition: &str) -> Step<Vec<(String, ParameterType)>> {
        self.mark('(', "`(` after the condition's name")?;
        self.skip_new_lines();
        let mut parameters = Vec::new();
        let mut names = BTreeSet::new();
        while parameters.is_empty() && self.token != Token::Mark(')') || !parameters.is_empty() {
            let Placed { value: name, place } = self.parameter_name()?;
            if !names.insert(name.clone()) {
                self.errors.push(place.error(format!(
                    "parameter `{name}` stands twice in condition `{condition}`: rename one"
                )));
            }
            let item = Item::Parameter {
                condition: condition.to_owned(),
                parameter: name.clone(),
            };
            self.note(item, place);
            self.mark(':', "`:` after the parameter's name")?;
            parameters.push((name, self.parameter_type(0)?));
            self.skip_new_lines();
            if self.token != Token::Mark(',') {
                break;
            }
            self.advance();
            self.skip_new_lines();
        }
        self.mark(')', "`,` or `)` after a parameter")?;
        Ok(parameters)
    }

    fn parameter_name(&mut self) -> Step<Placed<String>> {
        match self.token {
            Token::Word(word) if names::is_parameter_name(word) => {
                let place = self.place;
                self.advance();
                let value = word.to_owned();
                Ok(Placed { value, place })
            }
            _ => Err(self.expected("a parameter's name, of letters, digits, `_` and `-`")),
        }
    }

    fn parameter_type(&mut self, depth: usize) -> Step<ParameterType> {
        if depth > NESTING_MAX {
            let message = format!("more than {NESTING_MAX} lists within each other: use fewer");
            return Err(self.place.error(message));
        }
        let Token::Word(word) = self.token else {
            return Err(self.expected("a parameter's type, such as `string`"));
        };
        let simple = match word {
            "bool" => ParameterType::Bool,
            "string" => ParameterType::String,
            "int" => ParameterType::Int,
            "uint" => ParameterType::Uint,
            "double" => ParameterType::Double,
            "duration" => ParameterType::Duration,
            "timestamp" => ParameterType::Timestamp,
            "ipaddress" => ParameterType::IpAddress,
            "list" => return self.element_type(depth).map(ParameterType::List),
            "map" => return self.element_type(depth).map(ParameterType::Map),
            _ => {
                return Err(self.expected(
                    "bool, string, int, uint, double, duration, timestamp, ipaddress, `list<T>` \
                     or `map<T>`",
                ));
            }
        };
        self.advance();
        Ok(simple)
    }

    fn element_type(&mut self, depth: usize) -> Step<Box<ParameterType>> {
        self.advance();
        self.mark(
            '<',
            "`<` and the type of the elements, such as `list<string>`",
        )?;
        let element = self.parameter_type(depth + 1)?;
        self.mark('>', "`>` after the type of the elements")?;
        Ok(Box::new(element))
    }
}
