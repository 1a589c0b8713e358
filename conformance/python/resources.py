"""A project with all that belongs to it, its people and links: what made-up requests may meet."""

from __future__ import annotations

import uuid

import httpx

from stage import Stage

REASON = "A customer sees the wrong picture."
ADMINISTRATOR = {"app_metadata": {"role": "admin"}}
ATTRIBUTES = {"administrator": ADMINISTRATOR, "second": ADMINISTRATOR}


class World:
    """A little of everything, so that made-up requests meet something."""

    def __init__(self, stage: Stage, asker: str) -> None:
        self.stage = stage
        names = ("owner", "member", "administrator", "second")
        accounts = {name: stage.account(**ATTRIBUTES.get(name, {})) for name in names}
        self.people = {name: stage.signed_in(account) for name, account in accounts.items()}
        self.is_service = asker == "service"
        self.token = {"service": stage.server.service_key, "nobody": "no-token"}.get(asker)
        self.token = self.token or self.people[asker].session.access_token
        self.owner, self.second = (self.api(name) for name in ("owner", "second"))
        self.free = [str(uuid.uuid4()) for _ in range(6)]
        self.project = self.registered("project", visibility="team-only")
        in_project = {"project_id": self.project}
        self.generations = [self.registered("generation", **in_project) for _ in range(6)]
        self.media = self.registered("media", generation_id=self.generations[0])
        made = self.owner.post("/teams", json={"name": "Team", "max_members": 1000})
        self.team = done(made)["id"]
        self.join("member", "editor")
        link = {"access_level": "write"}
        path = f"/authz/resources/project/{self.project}"
        done(self.owner.put(f"{path}/teams/{self.team}", json=link))
        reading = {"level": "read"}
        member = self.people["member"].account.user.id
        done(self.owner.put(f"{path}/grants/{member}", json=reading))
        guest = {"email": f"{uuid.uuid4()}@example.com", "role": "viewer"}
        pending = done(self.owner.post(f"/teams/{self.team}/invitations", json=guest))
        offered = self.offered(asker if asker in names else "member")
        self.to_decline = offered[:2]
        self.invitations = [pending["id"], *offered[2:]]
        self.emergencies = [self.emergency(each) for each in self.generations]
        to_sign = {"media_id": self.media, "permission": "view"}
        links = (done(self.owner.post("/media/sign", json=to_sign)) for _ in range(4))
        self.links = [each["token"] for each in links]

    def api(self, name: str) -> httpx.Client:
        """A client of the API for somebody."""
        headers = {"Authorization": f"Bearer {self.people[name].session.access_token}"}
        return httpx.Client(base_url=f"{self.stage.server.url}/api/v1", headers=headers)

    def registered(self, kind: str, **more: str) -> str:
        resource = {"type": kind, "id": str(uuid.uuid4()), **more}
        return done(self.owner.post("/authz/resources", json=resource))["id"]

    def join(self, name: str, role: str) -> None:
        """Brings somebody into the team."""
        invitation = {"email": self.people[name].account.email, "role": role}
        sent = done(self.owner.post(f"/teams/{self.team}/invitations", json=invitation))
        offer = {"invitation_id": sent["id"]}
        done(self.api(name).post("/teams/invitations/accept", json=offer))

    def offered(self, name: str) -> list[str]:
        """Invitations of somebody into several teams."""
        if name == "second":
            return []
        host = self.second
        teams = [done(host.post("/teams", json={"name": "Hosts"}))["id"] for _ in range(6)]
        invitation = {"email": self.people[name].account.email, "role": "viewer"}
        sent = [done(host.post(f"/teams/{team}/invitations", json=invitation)) for team in teams]
        return [each["id"] for each in sent]

    def emergency(self, generation: str) -> str:
        """An emergency access that nobody has approved."""
        member = str(self.people["member"].account.user.id)
        asked = {"user_id": member, "type": "generation", "id": generation, "reason": REASON}
        return done(self.second.post("/authz/emergency", json={**asked, "minutes": 5}))["id"]

    @property
    def pools(self) -> dict[str, list[str]]:
        """By the names of fields what may stand in them: what there is, and what there is not."""
        people = [str(self.people[name].account.user.id) for name in ("owner", "member")]
        pools = {
            "id": [self.project, self.generations[0], self.media, *self.free],
            "emergency_id": self.emergencies,
            "user_id": people,
            "owner_id": people,
            "project_id": [self.project],
            "generation_id": self.generations,
            "parent_id": self.generations,
            "media_id": [self.media],
            "team_id": [self.team],
            "allowed_team_ids": [self.team],
            "invitation_id": self.invitations,
        }
        unknown = "12345678-90ab-4def-8234-567890abcdef"
        return {name: [*ids, unknown] for name, ids in pools.items()}

    @property
    def bodies(self) -> dict[str, dict]:
        """By the names of their schemas bodies that are good for whoever asks."""
        member = str(self.people["member"].account.user.id)
        whom = {"user_id": member} if self.is_service else {}
        owner = {"owner_id": member} if self.is_service else {}
        item = {"type": "project", "id": self.project}
        question = {**item, "permission": "view"}
        of_project = {"user_id": member, **item, "reason": REASON, "minutes": 5}
        new = [{"type": "project", "id": each, **owner} for each in self.free[:3]]
        return {
            "Question": {**question, **whom},
            "Questions": {"items": [question], **whom},
            "AllQuestion": {**item, **whom},
            "Registration": new[0],
            "Registrations": {"resources": new[1:]},
            "EmergencyRequest": of_project,
            "Offer": {"invitation_id": self.invitations[-1]},
            "MediaRequest": {"media_id": self.media, "permission": "view", **whom},
            "TokenBody": {"token": self.links[-1]},
            "Transfer": {"user_id": member},
        }


def done(reply: httpx.Response) -> dict:
    assert reply.is_success, reply.text
    return reply.json() if reply.content else {}
