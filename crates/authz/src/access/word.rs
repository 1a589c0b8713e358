//! The words of the API for resources: kinds, permissions, paths, roles, levels.

/// A closed list of words, each of which is written in one way.
macro_rules! words {
    ($($(#[$doc:meta])* $name:ident {
        $($(#[$word_doc:meta])* $word:ident = $text:literal,)*
    })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$word_doc])* $word,)*
        }

        impl $name {
            /// All of them, in their order.
            pub const ALL: &[Self] = &[$(Self::$word),*];

            /// How it is written.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$word => $text,)*
                }
            }

            /// What is written so, if anything.
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|word| word.name() == text)
            }

            /// How all of them are written, for whoever wrote another.
            pub fn choices() -> String {
                let names: Vec<_> = Self::ALL.iter().map(|word| word.name()).collect();
                names.join(", ")
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }
    )*};
}

words! {
    /// What a resource is: a type of the model.
    Kind {
        /// What generations lie in.
        Project = "project",
        /// Something that was made, from nothing or from another.
        Generation = "generation",
        /// A file of a generation.
        Media = "media",
        /// A collection of styles.
        StyleStack = "style_stack",
    }
    /// What somebody may want to do.
    Permission {
        /// To know of it and to look at it.
        View = "view",
        /// To take its files along.
        Download = "download",
        /// To change it.
        Edit = "edit",
        /// To put content of one's own into a project.
        Contribute = "contribute",
        /// To derive a child from it.
        Branch = "branch",
        /// To delete it; by the owner of its project: to take it out of there.
        Delete = "delete",
        /// To share it with others.
        Share = "share",
        /// To administrate it.
        Admin = "admin",
    }
    /// By which path a permission is granted. Of several the first counts.
    Method {
        /// It is the user's own.
        DirectOwnership = "direct_ownership",
        /// It lies in the user's own project.
        ProjectOwnership = "project_ownership",
        /// It is shared with a team of the user's.
        TeamMembership = "team_membership",
        /// The user collaborates in its project.
        ProjectCollaboration = "project_collaboration",
        /// It is open to everybody who has signed in.
        PublicAccess = "public_access",
        /// Somebody approved that the user reads it, for minutes.
        EmergencyAccess = "emergency_access",
    }
    /// A role in a team, or what a user is to a resource; the weakest first.
    Role {
        /// Looks.
        Viewer = "viewer",
        /// Adds content of their own.
        Contributor = "contributor",
        /// Changes content of others.
        Editor = "editor",
        /// Deletes content, invites and removes.
        Admin = "admin",
        /// Does everything.
        Owner = "owner",
    }
    /// Who sees a project besides its owner and its collaborators.
    Visibility {
        /// Nobody.
        Private = "private",
        /// The teams that it is linked to.
        TeamOnly = "team-only",
        /// Everybody who has signed in.
        Public = "public",
    }
    /// The most that the members of a linked team may do.
    AccessLevel {
        /// Look and download.
        Read = "read",
        /// Add and change content.
        Write = "write",
        /// Whatever their role allows.
        Admin = "admin",
    }
    /// What a collaborator may do.
    GrantLevel {
        /// Look and download.
        Read = "read",
        /// Change content, and add to it.
        Write = "write",
    }
    /// Why a permission is not granted.
    Denial {
        /// There is no such resource, or none that the user may know of.
        ResourceNotFound = "resource_not_found",
        /// The user may know of it, but not do this.
        PermissionNotGranted = "permission_not_granted",
        /// The account is banned, suspended or deleted.
        AccountInactive = "account_inactive",
    }
}

impl Method {
    /// What the relations of this path end with in the model.
    pub(crate) const fn path(self) -> &'static str {
        match self {
            Self::DirectOwnership => "owner",
            Self::ProjectOwnership => "project_owner",
            Self::TeamMembership => "team",
            Self::ProjectCollaboration => "collaborator",
            Self::PublicAccess => "public",
            Self::EmergencyAccess => "emergency",
        }
    }
}

impl AccessLevel {
    /// The relation of a link of this level; of one that the privacy settings hold back.
    pub(crate) const fn relation(self, is_held: bool) -> &'static str {
        match (self, is_held) {
            (Self::Read, false) => "team_read",
            (Self::Write, false) => "team_write",
            (Self::Admin, false) => "team_admin",
            (Self::Read, true) => "held_team_read",
            (Self::Write, true) => "held_team_write",
            (Self::Admin, true) => "held_team_admin",
        }
    }
}

impl GrantLevel {
    /// The relation of a collaborator of this level.
    pub(crate) const fn relation(self) -> &'static str {
        match self {
            Self::Read => "reader",
            Self::Write => "writer",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_read_back_and_no_other_does() {
        for kind in Kind::ALL {
            assert_eq!(Kind::parse(kind.name()), Some(*kind));
        }
        assert_eq!(Kind::parse("Project"), None);
        assert_eq!(AccessLevel::choices(), "read, write, admin");
        assert!(Role::Owner > Role::Admin && Role::Contributor > Role::Viewer);
    }
}
