#!lua
-- Adds what a journal's header says was lost to the count, however often it is told.
--
-- KEYS[1]  the shard's marks (hash: `journal/post` -> losses told so far)
-- KEYS[2]  the hash whose field `lost` grows: a post's total, or the shard's progress for losses of no known post
-- ARGV[1]  journal/post
-- ARGV[2]  losses the journal's header counts now
-- returns  by how many the count grew
--
-- Not a MULTI: it adds the difference to what it reads. The reads come first, so a wrong type writes nothing.
local told = tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or '0')
redis.call('HGET', KEYS[2], 'lost')
local grown = tonumber(ARGV[2]) - told
if grown <= 0 then
  return 0
end
redis.call('HINCRBY', KEYS[2], 'lost', grown)
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return grown
