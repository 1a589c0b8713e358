//! The static check of what the macros over lists and maps become.

use cel::common::ast::ComprehensionExpr;

use super::check::{Checked, Checker};
use super::error::CompileError;
use super::kind::{Kind, Type};
use super::tree::{Fold, Node};

/// Checks a fold. Only macros write folds, and theirs accumulate a `bool`, an `int`, or a list
/// whose items are known after one step: more steps would tell no more.
pub(crate) fn checked_fold(
    checker: &mut Checker<'_>,
    fold: &ComprehensionExpr,
) -> Result<Checked, CompileError> {
    if fold.iter_var2.is_some() {
        return Err(checker.unsupported(fold.iter_range.id, "macros with two variables"));
    }
    let (range, found) = checker.check(&fold.iter_range)?;
    let item = match found {
        Type::List(item) => *item,
        Type::Map(key, _) => *key,
        Type::Dyn | Type::Never => Type::Dyn,
        Type::One(_) => {
            return Err(CompileError::NoItems {
                place: checker.parsed.place(fold.iter_range.id),
                found: found.to_string(),
            });
        }
    };
    let (start, first) = checker.check(&fold.accu_init)?;
    let scope = checker.locals.len();
    checker.locals.push((fold.accu_var.clone(), first.clone()));
    checker.locals.push((fold.iter_var.clone(), item));
    let (step, next) = checker.check(&fold.loop_step)?;
    let (proceeds, says) = checker.check(&fold.loop_cond)?;
    let accumulated = first.join(&next).filter(|_| says.fits(Kind::Bool));
    let Some(accumulated) = accumulated else {
        return Err(CompileError::NoMatchingOverload {
            place: checker.parsed.place(fold.loop_step.id),
            function: fold.accu_var.clone(),
            arguments: format!("({first}, {next})"),
        });
    };
    if let Some((_, known)) = checker.locals.get_mut(scope) {
        *known = accumulated;
    }
    let (result, found) = checker.check(&fold.result)?;
    checker.locals.truncate(scope);
    let fold = Fold {
        range,
        start,
        proceeds,
        step,
        result,
    };
    Ok((Node::Fold(Box::new(fold)), found))
}
