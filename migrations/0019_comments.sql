-- What the web's functions are for.
COMMENT ON FUNCTION capability_scope(bytea) IS 'What a token of ours opens, before a tenant is known';
COMMENT ON FUNCTION clock_forget_web(integer) IS 'Delete uploads, kept answers and sessions that nobody can use any more';
COMMENT ON FUNCTION notify_count_automatic(text, text, uuid) IS 'How many automatic mails went to an address in each window of the loop guard, over all conversations';
