-- One try of somebody's. KEYS[1]: their tries, a sorted set by milliseconds.
-- ARGV: how many are allowed, the window in milliseconds.
-- Gives 0 when it was taken, else the milliseconds until the next may be.
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local most, window = tonumber(ARGV[1]), tonumber(ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - window)
if redis.call('ZCARD', KEYS[1]) >= most then
  local oldest = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
  return math.max(1, tonumber(oldest[2]) + window - now)
end
redis.call('ZADD', KEYS[1], now, t[1] .. '.' .. t[2])
redis.call('PEXPIRE', KEYS[1], window)
return 0
