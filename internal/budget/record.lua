-- Notes one call of one player (or of the host, id 0) and since when the calls of
-- the rolling window are above 80 % of the limit.
-- KEYS: calls (sorted set), since (string), players (sorted set by last call),
--       serial (counter that tells calls of one millisecond apart)
-- ARGV: now in ms, window in ms, limit, player id
local now, window, limit = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - window)
local before = redis.call('ZCARD', KEYS[1])
if before * 5 <= limit * 4 then
  redis.call('DEL', KEYS[2])
end
redis.call('ZADD', KEYS[1], now, redis.call('INCR', KEYS[4]))
redis.call('PEXPIRE', KEYS[1], window * 2)
if (before + 1) * 5 > limit * 4 then
  redis.call('SET', KEYS[2], ARGV[1], 'NX')
  redis.call('PEXPIRE', KEYS[2], window * 2)
end
redis.call('ZADD', KEYS[3], now, ARGV[4])
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', now - window * 20)
redis.call('PEXPIRE', KEYS[3], window * 20)
redis.call('PEXPIRE', KEYS[4], window * 20)
return before + 1
