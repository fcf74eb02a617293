-- What is told of one bonus hit begins with its number and a colon, so that "250" is the
-- beginning of nothing that is told of 2,500, and a call to hold is settled with its hit.

-- +goose Up
update alert_deliveries set stage = stage || ':soon' where kind = 'chain.bonus_soon' and stage ~ '^bonus:[0-9]+$';
update alert_deliveries set stage = 'bonus:' || substr(stage, 6) || ':hold' where kind = 'chain.bonus_soon' and stage ~ '^hold:[0-9]+$';
update alert_deliveries set stage = stage || ':' where kind = 'chain.milestone' and stage ~ '^milestone:[0-9]+$';

-- +goose Down
update alert_deliveries set stage = 'hold:' || split_part(stage, ':', 2) where kind = 'chain.bonus_soon' and stage ~ '^bonus:[0-9]+:hold$';
update alert_deliveries set stage = 'bonus:' || split_part(stage, ':', 2) where kind = 'chain.bonus_soon' and stage ~ '^bonus:[0-9]+:soon$';
update alert_deliveries set stage = rtrim(stage, ':') where kind = 'chain.milestone' and stage ~ '^milestone:[0-9]+:$';
