#!lua
-- Erases what was counted for a post, and makes a roll-up under way in the shard read again before it commits.
--
-- KEYS[1]   the shard's progress (hash)
-- KEYS[2..] the post's keys in this shard
-- returns   how many keys there were
--
-- Not a MULTI only so that it is one call like its neighbours; it decides nothing.
redis.call('HINCRBY', KEYS[1], 'epoch', 1)
local erased = 0
for index = 2, #KEYS do
  erased = erased + redis.call('DEL', KEYS[index])
end
return erased
