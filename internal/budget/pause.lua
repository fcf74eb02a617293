-- Keeps a pause in force for so many ms, unless it lasts longer already.
-- KEYS: pause. ARGV: ms from now, end in unix ms
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[1]) then
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[1])
end
return 1
