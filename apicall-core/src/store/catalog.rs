//! Projects, trunks and campaigns.

use super::db::{Connection, Row, sql};
use super::rules::{note_campaign, note_project, note_trunk};
use super::{Store, StoreError, accounts, webhooks};
use crate::model::{Campaign, CampaignId, CampaignState, Project, ProjectId, Timestamp, Trunk, TrunkId};
use serde::{Serialize, de::DeserializeOwned};

impl Store {
    /// All projects, by id.
    pub async fn projects(&self) -> Result<Vec<Project>, StoreError> {
        docs(
            sql("SELECT doc FROM projects ORDER BY id")
                .all(&self.readers)
                .await?,
        )
    }

    /// One project.
    pub async fn project(&self, id: ProjectId) -> Result<Option<Project>, StoreError> {
        let row = sql("SELECT doc FROM projects WHERE id = ?").bind(id.get());
        row.first(&self.readers).await?.as_ref().map(doc).transpose()
    }

    /// Makes a project, with an id of the caller's choice or the next free one.
    pub async fn create_project(
        &self,
        wanted: Option<ProjectId>,
        build: impl Fn(ProjectId) -> Project + Send + Sync + 'static,
    ) -> Result<Project, StoreError> {
        if let Some(id) = wanted {
            // A removal that broke off may have left them.
            self.unlist_gone(id, build(id).created_at).await?;
        }
        let (build, pen) = (std::sync::Arc::new(build), self.pen());
        self.edit(move |connection| {
            let (build, pen) = (build.clone(), pen.clone());
            Box::pin(async move {
                let id = match wanted {
                    Some(id) => reserve_id(connection, "project", id.get()).await?,
                    None => draw_id(connection, "project").await?,
                };
                let project = build(id.try_into()?);
                free(connection, "projects", "id", &project.id.to_string()).await?;
                free(connection, "projects", "name", &project.name).await?;
                sql("INSERT INTO projects (id, name, doc) VALUES (?, ?, ?)")
                    .bind(project.id.get())
                    .bind(&project.name)
                    .bind(serde_json::to_string(&project)?)
                    .run(connection)
                    .await?;
                note_project(connection, project.created_at, &project).await?;
                pen.made(connection, "project", project.id, &project).await?;
                Ok(project)
            })
        })
        .await
    }

    /// Changes a project, at this time.
    pub async fn update_project(
        &self,
        id: ProjectId,
        at: Timestamp,
        change: impl Fn(&mut Project) + Send + Sync + 'static,
    ) -> Result<Project, StoreError> {
        let (change, pen) = (std::sync::Arc::new(change), self.pen());
        self.edit(move |connection| {
            let (change, pen) = (change.clone(), pen.clone());
            Box::pin(async move {
                let mut project: Project = load(connection, "project", "projects", id.get()).await?;
                let before = project.clone();
                change(&mut project);
                if project.name != before.name {
                    free(connection, "projects", "name", &project.name).await?;
                }
                sql("UPDATE projects SET name = ?, doc = ? WHERE id = ?")
                    .bind(&project.name)
                    .bind(serde_json::to_string(&project)?)
                    .bind(id.get())
                    .run(connection)
                    .await?;
                note_project(connection, at, &project).await?;
                pen.changed(connection, "project", id, &before, &project).await?;
                Ok(project)
            })
        })
        .await
    }

    /// Removes a project with its campaigns, contacts and do-not-call list; records of its calls stay. Refused while
    /// anything of it goes on.
    pub async fn delete_project(&self, id: ProjectId, at: Timestamp) -> Result<(), StoreError> {
        loop {
            self.edit(move |connection| Box::pin(async move { expect_idle(connection, id).await.map(drop) }))
                .await?;
            for campaign in self.campaigns(Some(id), None).await? {
                self.delete_campaign(campaign.id).await?;
            }
            let pen = self.pen();
            let gone = self.edit(move |connection| {
                let pen = pen.clone();
                Box::pin(async move {
                    // Somebody may have made another campaign meanwhile.
                    if ask(
                        connection,
                        "SELECT count(*) FROM campaigns WHERE project = ?",
                        id.get(),
                    )
                    .await?
                        > 0
                    {
                        return Ok(false);
                    }
                    let project = expect_idle(connection, id).await?;
                    webhooks::delete_of(connection, id).await?;
                    accounts::unassign(connection, id).await?;
                    let gone = sql("DELETE FROM projects WHERE id = ?").bind(id.get());
                    gone.run(&mut *connection).await?;
                    pen.deleted(connection, "project", id, &project).await?;
                    Ok(true)
                })
            });
            if gone.await? {
                return self.unlist_gone(id, at).await;
            }
        }
    }

    /// All trunks, by id.
    pub async fn trunks(&self) -> Result<Vec<Trunk>, StoreError> {
        docs(
            sql("SELECT doc FROM trunks ORDER BY id")
                .all(&self.readers)
                .await?,
        )
    }

    /// One trunk.
    pub async fn trunk(&self, id: TrunkId) -> Result<Option<Trunk>, StoreError> {
        let row = sql("SELECT doc FROM trunks WHERE id = ?").bind(id.get());
        row.first(&self.readers).await?.as_ref().map(doc).transpose()
    }

    /// Makes a trunk.
    pub async fn create_trunk(
        &self,
        build: impl Fn(TrunkId) -> Trunk + Send + Sync + 'static,
    ) -> Result<Trunk, StoreError> {
        let (build, pen) = (std::sync::Arc::new(build), self.pen());
        self.edit(move |connection| {
            let (build, pen) = (build.clone(), pen.clone());
            Box::pin(async move {
                let trunk = build(draw_id(connection, "trunk").await?.try_into()?);
                free(connection, "trunks", "name", trunk.name.as_str()).await?;
                sql("INSERT INTO trunks (id, name, doc) VALUES (?, ?, ?)")
                    .bind(trunk.id.get())
                    .bind(trunk.name.as_str())
                    .bind(serde_json::to_string(&trunk)?)
                    .run(connection)
                    .await?;
                note_trunk(connection, trunk.created_at, &trunk).await?;
                pen.made(connection, "trunk", trunk.id, &trunk).await?;
                Ok(trunk)
            })
        })
        .await
    }

    /// Changes a trunk, at this time; its name stays.
    pub async fn update_trunk(
        &self,
        id: TrunkId,
        at: Timestamp,
        change: impl Fn(&mut Trunk) + Send + Sync + 'static,
    ) -> Result<Trunk, StoreError> {
        let (change, pen) = (std::sync::Arc::new(change), self.pen());
        self.edit(move |connection| {
            let (change, pen) = (change.clone(), pen.clone());
            Box::pin(async move {
                let mut trunk: Trunk = load(connection, "trunk", "trunks", id.get()).await?;
                let before = trunk.clone();
                change(&mut trunk);
                sql("UPDATE trunks SET doc = ? WHERE id = ?")
                    .bind(serde_json::to_string(&trunk)?)
                    .bind(id.get())
                    .run(connection)
                    .await?;
                note_trunk(connection, at, &trunk).await?;
                pen.changed(connection, "trunk", id, &before, &trunk).await?;
                Ok(trunk)
            })
        })
        .await
    }

    /// Removes a trunk that no project uses.
    pub async fn delete_trunk(&self, id: TrunkId) -> Result<(), StoreError> {
        let pen = self.pen();
        self.edit(move |connection| {
            let pen = pen.clone();
            Box::pin(async move {
                let trunk: Trunk = load(connection, "trunk", "trunks", id.get()).await?;
                let all = sql("SELECT doc FROM projects").all(&mut *connection).await?;
                if docs(all)?.iter().any(|project: &Project| project.leaves_by(id)) {
                    let text = format!(
                        "trunk {} is used by a project; give the project another first",
                        trunk.name
                    );
                    return Err(StoreError::InUse(text));
                }
                let calls = "SELECT count(*) FROM live_calls WHERE trunk = ?";
                if ask(connection, calls, id.get()).await? > 0 {
                    let text = format!("trunk {} has live calls; wait for their end", trunk.name);
                    return Err(StoreError::InUse(text));
                }
                let gone = sql("DELETE FROM trunks WHERE id = ?").bind(id.get());
                gone.run(&mut *connection).await?;
                pen.deleted(connection, "trunk", id, &trunk).await
            })
        })
        .await
    }

    /// Campaigns by id, of a project or of all, in a state or in any.
    pub async fn campaigns(
        &self,
        project: Option<ProjectId>,
        state: Option<CampaignState>,
    ) -> Result<Vec<Campaign>, StoreError> {
        let rows = sql(
            "SELECT doc FROM campaigns WHERE (? IS NULL OR project = ?) AND (? IS NULL OR state = ?) ORDER BY id",
        )
        .bind(project.map(ProjectId::get))
        .bind(project.map(ProjectId::get))
        .bind(state.map(CampaignState::as_str))
        .bind(state.map(CampaignState::as_str))
        .all(&self.readers)
        .await?;
        docs(rows)
    }

    /// One campaign.
    pub async fn campaign(&self, id: CampaignId) -> Result<Option<Campaign>, StoreError> {
        let row = sql("SELECT doc FROM campaigns WHERE id = ?").bind(id.get());
        row.first(&self.readers).await?.as_ref().map(doc).transpose()
    }

    /// Makes a campaign of a project that exists.
    pub async fn create_campaign(
        &self,
        build: impl Fn(CampaignId) -> Campaign + Send + Sync + 'static,
    ) -> Result<Campaign, StoreError> {
        let (build, pen) = (std::sync::Arc::new(build), self.pen());
        self.edit(move |connection| {
            let (build, pen) = (build.clone(), pen.clone());
            Box::pin(async move {
                let campaign = build(draw_id(connection, "campaign").await?.try_into()?);
                let _: Project = load(connection, "project", "projects", campaign.project.get()).await?;
                free_in_project(connection, &campaign).await?;
                sql("INSERT INTO campaigns (id, project, name, state, doc) VALUES (?, ?, ?, ?, ?)")
                    .bind(campaign.id.get())
                    .bind(campaign.project.get())
                    .bind(&campaign.name)
                    .bind(campaign.state.as_str())
                    .bind(serde_json::to_string(&campaign)?)
                    .run(connection)
                    .await?;
                note_campaign(connection, campaign.created_at, &campaign).await?;
                pen.made(connection, "campaign", campaign.id, &campaign).await?;
                Ok(campaign)
            })
        })
        .await
    }

    /// Removes a campaign and its contacts, in steps that others can write between; records of its calls stay. Refused
    /// while it runs or has live calls.
    pub async fn delete_campaign(&self, id: CampaignId) -> Result<(), StoreError> {
        while self.delete_some(id).await? {}
        Ok(())
    }

    /// One step of that; whether there is another.
    async fn delete_some(&self, id: CampaignId) -> Result<bool, StoreError> {
        let pen = self.pen();
        self.edit(move |connection| {
            let pen = pen.clone();
            Box::pin(async move {
                let campaign: Campaign = load(connection, "campaign", "campaigns", id.get()).await?;
                if matches!(campaign.state, CampaignState::Running | CampaignState::Paused) {
                    return Err(StoreError::InUse(format!(
                        "campaign {id} is {}; stop it first",
                        campaign.state
                    )));
                }
                let calls = "SELECT count(*) FROM live_calls WHERE campaign = ?";
                if ask(connection, calls, id.get()).await? > 0 {
                    return Err(StoreError::InUse(format!(
                        "campaign {id} has live calls; wait for their end"
                    )));
                }
                if delete_contacts(connection, id).await? > 0 {
                    return Ok(true);
                }
                let tallies = sql("DELETE FROM campaign_tallies WHERE campaign = ?").bind(id.get());
                tallies.run(connection).await?;
                let gone = sql("DELETE FROM campaigns WHERE id = ?").bind(id.get());
                gone.run(&mut *connection).await?;
                pen.deleted(connection, "campaign", id, &campaign).await?;
                Ok(false)
            })
        })
        .await
    }
}

/// Removes some contacts of a campaign, and keeps the numbers of those whose calls are there; how many.
async fn delete_contacts(connection: &mut Connection, id: CampaignId) -> Result<u64, StoreError> {
    const SOME: i64 = 5_000;
    let last = sql("SELECT max(id) AS last FROM (SELECT id FROM contacts WHERE campaign = ? ORDER BY id LIMIT ?) AS some")
        .bind(id.get())
        .bind(SOME)
        .one(&mut *connection)
        .await?;
    let Some(last) = last.try_get::<Option<i64>>("last")? else {
        return Ok(0);
    };
    let mut gone = 0;
    for step in [
        "INSERT INTO former_contacts (number, contact) SELECT number, id FROM contacts
            WHERE campaign = ? AND id <= ? AND EXISTS (SELECT 1 FROM calls WHERE calls.contact = contacts.id)",
        "DELETE FROM contacts WHERE campaign = ? AND id <= ?",
    ] {
        gone = sql(step).bind(id.get()).bind(last).run(connection).await?;
    }
    Ok(gone)
}

/// The project; refuses while anything of it goes on.
async fn expect_idle(connection: &mut Connection, id: ProjectId) -> Result<Project, StoreError> {
    let project: Project = load(connection, "project", "projects", id.get()).await?;
    let campaigns =
        "SELECT count(*) FROM campaigns WHERE project = ? AND state IN ('created', 'running', 'paused')";
    if ask(connection, campaigns, id.get()).await? > 0 {
        let text = format!(
            "project {id} has campaigns that run, are paused or were never started; stop or delete them first"
        );
        return Err(StoreError::InUse(text));
    }
    let calls = "SELECT count(*) FROM live_calls WHERE project = ?";
    if ask(connection, calls, id.get()).await? > 0 {
        return Err(StoreError::InUse(format!(
            "project {id} has live calls; wait for their end"
        )));
    }
    Ok(project)
}

fn doc<T: DeserializeOwned>(row: &Row) -> Result<T, StoreError> {
    Ok(serde_json::from_str(row.try_get("doc")?)?)
}

fn docs<T: DeserializeOwned>(rows: Vec<Row>) -> Result<Vec<T>, StoreError> {
    rows.iter().map(doc).collect()
}

/// The object as it is within the transaction, and stays until its end. `table` is a name of ours.
pub(super) async fn load<T: DeserializeOwned + Serialize>(
    connection: &mut Connection,
    what: &'static str,
    table: &'static str,
    id: i64,
) -> Result<T, StoreError> {
    let mut select = sql("SELECT doc FROM ");
    select.push(table).push(" WHERE id = ").push_bind(id);
    select.push(connection.dialect().hold);
    let row = select.first(connection).await?;
    doc(&row.ok_or_else(|| StoreError::NotFound {
        what,
        id: id.to_string(),
    })?)
}

/// Refuses a value that another row has. `table` and `field` are names of ours.
async fn free(
    connection: &mut Connection,
    table: &'static str,
    field: &'static str,
    value: &str,
) -> Result<(), StoreError> {
    let mut count = sql("SELECT count(*) FROM ");
    count
        .push(table)
        .push(" WHERE ")
        .push(field)
        .push(" = ")
        .push_bind(value);
    if count.number(connection).await? == 0 {
        Ok(())
    } else {
        Err(StoreError::Taken {
            field,
            value: value.to_owned(),
        })
    }
}

pub(super) async fn free_in_project(
    connection: &mut Connection,
    campaign: &Campaign,
) -> Result<(), StoreError> {
    let rows = sql("SELECT count(*) FROM campaigns WHERE project = ? AND name = ? AND id <> ?")
        .bind(campaign.project.get())
        .bind(&campaign.name)
        .bind(campaign.id.get())
        .number(connection)
        .await?;
    if rows == 0 {
        Ok(())
    } else {
        Err(StoreError::Taken {
            field: "name",
            value: campaign.name.clone(),
        })
    }
}

async fn ask(connection: &mut Connection, question: &'static str, id: i64) -> Result<i64, StoreError> {
    sql(question).bind(id).number(connection).await
}

/// The next id; none comes twice, whatever is deleted.
pub(super) async fn draw_id(connection: &mut Connection, sequence: &'static str) -> Result<i64, StoreError> {
    // Whoever draws next waits for the end of this transaction.
    sql("UPDATE sequences SET last = last + 1 WHERE name = ?")
        .bind(sequence)
        .run(connection)
        .await?;
    sql("SELECT last FROM sequences WHERE name = ?")
        .bind(sequence)
        .number(connection)
        .await
}

async fn reserve_id(connection: &mut Connection, sequence: &'static str, id: i64) -> Result<i64, StoreError> {
    sql("UPDATE sequences SET last = ? WHERE name = ? AND last < ?")
        .bind(id)
        .bind(sequence)
        .bind(id)
        .run(connection)
        .await?;
    Ok(id)
}
