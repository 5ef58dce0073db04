import look

look.look_everywhere()
