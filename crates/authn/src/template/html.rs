//! Where in an HTML document each action of a template stands, and so how its value is escaped.

mod place;
mod scan;

use super::escape::{Escape, Inner, Outer};
use super::function::Function;
use super::tree::{Action, Branch, BranchKind, Command, Node, Target};
use super::{Position, TemplateError};
use place::{Attribute, Element, Place, Quote, UrlPart};

/// Decides on the escaping of every action, removes comments and escapes stray `<`.
pub(super) fn place(nodes: &mut [Node]) -> Result<(), TemplateError> {
    if place_list(nodes, Place::Text)? == Place::Text {
        return Ok(());
    }
    let end = nodes.last().map(position_of).unwrap_or_default();
    Err(end.fault("the template ends inside of a tag, an attribute or a comment"))
}

fn place_list(nodes: &mut [Node], start: Place) -> Result<Place, TemplateError> {
    nodes.iter_mut().try_fold(start, |place, node| match node {
        Node::Text(text, position) => {
            let (kept, end) = scan::after_text(place, text).map_err(|(offset, message)| {
                let before = text.get(..offset).unwrap_or_default();
                position.after(before).fault(message)
            })?;
            *text = kept;
            Ok(end)
        }
        Node::Action(action) => place_action(action, place),
        Node::Branch(branch) => place_branch(branch, place),
    })
}

fn place_branch(branch: &mut Branch, start: Place) -> Result<Place, TemplateError> {
    let position = branch.pipe.position;
    let differ = |message: &str| position.fault(message);
    let body = place_list(&mut branch.body, start)?;
    if branch.kind == BranchKind::Range && body.joined(start) != Some(start) {
        return Err(differ(
            "the body of a range must end in the HTML context it begins in",
        ));
    }
    let otherwise = place_list(&mut branch.otherwise, start)?;
    body.joined(otherwise)
        .ok_or_else(|| differ("the parts of this block end in different HTML contexts"))
}

fn place_action(action: &mut Action, place: Place) -> Result<Place, TemplateError> {
    if action.pipe.target != Target::Nothing {
        return Ok(place);
    }
    let refuse = |message: &str| Err(action.pipe.position.fault(message));
    // A value right behind `=` begins an attribute without quotes.
    let place = place.before_value();
    let escape = match place {
        Place::Text | Place::Raw(Element::Text) => escape(Inner::Nothing, Outer::Text),
        Place::Raw(Element::Style) => escape(Inner::Style, Outer::Text),
        Place::Raw(_) => return refuse("a value in a script is not supported in mails"),
        Place::Comment => escape(Inner::Nothing, Outer::Comment),
        Place::Value {
            attribute,
            quote,
            part,
            ..
        } => {
            let outer = match quote {
                Quote::None => Outer::Unquoted,
                Quote::Single | Quote::Double => Outer::Text,
            };
            match (attribute, part) {
                (Attribute::Plain, _) => escape(Inner::Nothing, outer),
                (Attribute::Style, _) => escape(Inner::Style, outer),
                (Attribute::Url, UrlPart::Start) => escape(Inner::UrlStart, outer),
                (Attribute::Url, UrlPart::Path) => escape(Inner::UrlPath, outer),
                (Attribute::Url, UrlPart::Query) => escape(Inner::UrlQuery, outer),
                (Attribute::Url, UrlPart::Unknown) => {
                    return refuse("it depends on a condition which part of the URL this is");
                }
                (Attribute::Refused, _) => {
                    return refuse("a value in this attribute is not supported in mails");
                }
            }
        }
        Place::Tag(_)
        | Place::Name { .. }
        | Place::AfterName { .. }
        | Place::BeforeValue { .. } => {
            return refuse("a value in place of an attribute's name is not supported in mails");
        }
    };
    action.escape = escape;
    merge_escaper(action);
    Ok(place)
}

const fn escape(inner: Inner, outer: Outer) -> Escape {
    Escape { inner, outer }
}

/// A pipeline that ends in `html` or `urlquery` has done a part of the escaping already.
fn merge_escaper(action: &mut Action) {
    let Some(Command::Call(function, _)) = action.pipe.commands.last_mut() else {
        return;
    };
    match (*function, action.escape.inner) {
        (Function::Html, _) => *function = Function::Print,
        (Function::UrlQuery, Inner::UrlStart | Inner::UrlPath | Inner::UrlQuery) => {
            action.escape.inner = Inner::Nothing;
        }
        _ => {}
    }
}

fn position_of(node: &Node) -> Position {
    match node {
        Node::Text(_, position) => *position,
        Node::Action(action) => action.pipe.position,
        Node::Branch(branch) => branch.pipe.position,
    }
}
