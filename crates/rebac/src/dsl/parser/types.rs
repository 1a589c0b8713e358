//! `type` and `extend type`, `relations`, and `define`.

use super::{Parser, Placed, Step, TypeStatement};
use crate::dsl::lexer::Token;
use crate::model::{Definition, Relation, TypeDefinition};
use crate::place::Item;

impl Parser<'_> {
    pub(super) fn extension(&mut self) -> Step<()> {
        let place = self.place;
        self.advance();
        if self.token != Token::Word("type") {
            return Err(self.expected("`type` after `extend`"));
        }
        if !self.is_module {
            let message = "`extend type` stands in modules only: put the relations into the type, \
                           or begin the file with `module` and its name";
            self.errors.push(place.error(message));
        }
        self.type_statement(true)
    }

    pub(super) fn type_statement(&mut self, is_extension: bool) -> Step<()> {
        self.end_type();
        // INVARIANT: pushed before anything can fail, so that the relations of a type that could
        // not be read do not end up in the type before it. With an error nobody sees the result.
        self.types.push(TypeStatement {
            definition: TypeDefinition::default(),
            place: self.place,
            is_extension,
            relation_places: Vec::new(),
        });
        if !self.conditions.is_empty() {
            let message = "types stand before all conditions: move this one up";
            self.errors.push(self.place.error(message));
        }
        self.advance();
        let Placed { value: name, place } = self.name("the type's name")?;
        if !self.type_names.insert((name, is_extension)) {
            self.errors.push(place.error(if is_extension {
                format!(
                    "type `{name}` is extended twice in this file: write the relations together"
                )
            } else {
                format!("type `{name}` is defined twice: rename one, or write them together")
            }));
        }
        if !is_extension {
            self.note(Item::Type(name.to_owned()), place);
        }
        if let Some(current) = self.types.last_mut() {
            name.clone_into(&mut current.definition.name);
            current.place = place;
        }
        self.end_line("the type's name")
    }

    pub(super) fn relations(&mut self) -> Step<()> {
        if self.types.is_empty() || !self.conditions.is_empty() {
            return Err(self.found("expected `type` and a name before it"));
        }
        if self.relations.is_some() {
            return Err(self.found("expected once in a type: remove this one"));
        }
        self.relations = Some(self.place);
        self.advance();
        self.end_line("`relations`")
    }

    pub(super) fn relation(&mut self) -> Step<()> {
        if self.types.is_empty() || !self.conditions.is_empty() {
            return Err(self.found("expected `type` and a name before it"));
        }
        if self.relations.is_none() {
            let message = "found `define`, expected `relations` on a line before it";
            self.errors.push(self.place.error(message));
            // Said once for all the relations of the type.
            self.relations = Some(self.place);
        }
        self.has_define = true;
        self.advance();
        let Placed { value: name, place } = self.name("the relation's name")?;
        let type_name = self.type_name();
        if !self.relation_names.insert(name) {
            self.errors.push(place.error(format!(
                "relation `{name}` is defined twice in type `{type_name}`: rename or remove one"
            )));
        }
        self.note(
            Item::Relation {
                type_name,
                relation: name.to_owned(),
            },
            place,
        );
        self.mark(':', "`:` after the relation's name")?;
        let (rewrite, assignable) = self.relation_expression(name)?;
        if let Some(current) = self.types.last_mut() {
            current.relation_places.push(place);
            current.definition.relations.push(Relation {
                name: name.to_owned(),
                rewrite,
                assignable,
                definition: Definition::default(),
            });
        }
        Ok(())
    }

    /// Forgets the current type. One with `relations` and none of them is an error.
    pub(super) fn end_type(&mut self) {
        if let (Some(place), false) = (self.relations, self.has_define) {
            let message = "`relations` is followed by none: define one, or remove the line";
            self.errors.push(place.error(message));
        }
        self.relations = None;
        self.has_define = false;
        self.relation_names.clear();
    }

    pub(super) fn type_name(&self) -> String {
        self.types
            .last()
            .map(|current| current.definition.name.clone())
            .unwrap_or_default()
    }
}
