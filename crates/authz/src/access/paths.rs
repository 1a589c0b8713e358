//! Which relations of the model grant a permission, path by path.

use super::word::{Kind, Method, Permission, Role};
use rebac::Model;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The relations of the model by what they mean; none is named anywhere else.
#[derive(Debug)]
pub(crate) struct Paths {
    permissions: BTreeMap<(Kind, Permission), Granting>,
    roles: BTreeMap<Kind, Arc<[String]>>,
}

/// The paths of one permission, the first in front.
#[derive(Debug, Clone, Default)]
pub(crate) struct Granting {
    pub(crate) methods: Arc<[Method]>,
    pub(crate) relations: Arc<[String]>,
}

impl Granting {
    /// The path of the relation that holds, by its index.
    pub(crate) fn method(&self, held: Option<usize>) -> Option<Method> {
        held.and_then(|at| self.methods.get(at)).copied()
    }
}

/// The roles in the order in which they count.
const ROLES: [Role; 5] = [
    Role::Owner,
    Role::Admin,
    Role::Editor,
    Role::Contributor,
    Role::Viewer,
];

impl Paths {
    /// What a model has.
    pub(crate) fn of(model: &Model) -> Self {
        let mut permissions = BTreeMap::new();
        let mut roles = BTreeMap::new();
        for kind in Kind::ALL {
            let has = |relation: &String| model.relation(kind.name(), relation).is_some();
            for permission in Permission::ALL {
                let relation = |method: &Method| format!("{permission}_by_{}", method.path());
                let methods = Method::ALL.iter().copied();
                let methods: Vec<_> = methods.filter(|method| has(&relation(method))).collect();
                if methods.is_empty() {
                    continue;
                }
                let relations = methods.iter().map(relation).collect();
                let methods = methods.into();
                let granting = Granting { methods, relations };
                permissions.insert((*kind, *permission), granting);
            }
            // Of a kind without a role nobody has it: what is asked instead is always there.
            let names = ROLES.iter().map(|role| format!("role_{role}"));
            roles.insert(*kind, names.filter(has).collect());
        }
        Self { permissions, roles }
    }

    /// The paths of a permission; none where the kind has no such permission.
    pub(crate) fn granting(&self, kind: Kind, permission: Permission) -> Option<&Granting> {
        self.permissions.get(&(kind, permission))
    }

    /// The permissions that a kind has.
    pub(crate) fn permissions(&self, kind: Kind) -> impl Iterator<Item = Permission> + '_ {
        let all = self.permissions.keys();
        all.filter(move |(of, _)| *of == kind).map(|(_, one)| *one)
    }

    /// The relations of the roles that a kind knows, the strongest in front.
    pub(crate) fn roles(&self, kind: Kind) -> Arc<[String]> {
        self.roles.get(&kind).cloned().unwrap_or_default()
    }

    /// The paths by which somebody may know of a resource: those of a view.
    pub(crate) fn viewing(&self, kind: Kind) -> Granting {
        let granting = self.granting(kind, Permission::View);
        granting.cloned().unwrap_or_default()
    }
}

/// The role of a relation.
pub(crate) fn role_of(relation: &str) -> Option<Role> {
    Role::parse(relation.strip_prefix("role_")?)
}
