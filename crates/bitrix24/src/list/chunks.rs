//! Any number of reading commands, fifty to a request.

use std::collections::HashMap;

use crate::client::batch::{Batch, Command, CommandOutcome};
use crate::client::{CallError, PortalClient};

/// Commands in a batch.
const BATCH: usize = 50;
/// How often a command that the portal did not get to is sent again.
const ROUNDS: usize = 3;

/// Runs reading commands in batches of fifty, one after the other, and gives their outcomes in their order.
///
/// Commands that the portal did not get to (its time was up) are sent again, up to three times in all: they must
/// therefore only read. A command's own error is its outcome; a request that fails is the error of the whole.
///
/// ```no_run
/// # async fn example(client: certlens_bitrix24::PortalClient) -> Result<(), certlens_bitrix24::CallError> {
/// use certlens_bitrix24::{Command, list::read_in_batches};
///
/// let commands = (1..=200).map(|id| Command::new("user.get").with("ID", id)).collect();
/// let outcomes = read_in_batches(&client, commands).await?;
/// assert_eq!(outcomes.len(), 200);
/// # Ok(())
/// # }
/// ```
pub async fn read_in_batches(
    client: &PortalClient,
    commands: Vec<Command>,
) -> Result<Vec<CommandOutcome>, CallError> {
    let mut outcomes: HashMap<usize, CommandOutcome> = HashMap::with_capacity(commands.len());
    let mut waiting: Vec<usize> = (0..commands.len()).collect();
    for _ in 0..ROUNDS {
        let mut left: Vec<usize> = Vec::new();
        for chunk in waiting.chunks(BATCH) {
            let batch = chunk.iter().fold(Batch::independent(), |batch, &index| {
                batch.command(format!("c{index}"), commands[index].clone())
            });
            let mut reply = client.batch(&batch).await?;
            for &index in chunk {
                match reply.take(&format!("c{index}")) {
                    CommandOutcome::NotExecuted => left.push(index),
                    outcome => drop(outcomes.insert(index, outcome)),
                }
            }
        }
        waiting = left;
        if waiting.is_empty() {
            break;
        }
    }
    Ok((0..commands.len())
        .map(|index| outcomes.remove(&index).unwrap_or(CommandOutcome::NotExecuted))
        .collect())
}
