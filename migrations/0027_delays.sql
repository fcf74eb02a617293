-- How long alerts take, from what happened to Discord taking the message. A delivery's
-- moments in their order: happened_at; created_at, when the look at Torn that showed it
-- was stored; first_attempt_at; sent_at.

-- +goose Up
alter table alert_deliveries add column happened_at timestamptz; -- null: samples, and what was told late on purpose

-- +goose Down
alter table alert_deliveries drop column happened_at;
