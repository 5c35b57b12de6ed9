-- One row per state of plates that stand: how many there are.
select state, count(*)::integer as plates
from plate
group by state
order by state
