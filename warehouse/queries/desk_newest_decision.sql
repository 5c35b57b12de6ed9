-- One row: the number of the latest decision that the release was made with; 0 for none.
select coalesce(max(sequence), 0) as sequence
from store.decision
