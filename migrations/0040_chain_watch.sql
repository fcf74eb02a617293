-- Reminders of a chain watch have a kind of their own, so that a player can be without
-- them and still hear of the timer, or the other way round. Whoever wanted neither goes
-- on wanting neither.

-- +goose Up
update player_notices set settings = jsonb_set(settings, '{without}', settings->'without' || '["chain.watch"]')
  where settings->'without' ? 'chain.timer' and not settings->'without' ? 'chain.watch';
update alert_deliveries set kind = 'chain.watch', payload = jsonb_set(payload, '{kind}', '"chain.watch"')
  where kind = 'chain.timer' and rule_id = 0 and starts_with(subject, 'watch:');

-- +goose Down
update alert_deliveries set kind = 'chain.timer', payload = jsonb_set(payload, '{kind}', '"chain.timer"') where kind = 'chain.watch';
update player_notices set settings = jsonb_set(settings, '{without}', (settings->'without') - 'chain.watch') where settings->'without' ? 'chain.watch';
