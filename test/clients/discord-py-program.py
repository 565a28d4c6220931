"""A program with discord.py against the simulator that the command line names. It imagines by an interaction that it posts with
the library's own HTTP client, and prints every sign of the job as one line of JSON."""

import asyncio
import json
import logging
import sys

import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

URL, TOKEN, GUILD, CHANNEL, PROMPT = sys.argv[1:6]
Route.BASE = f"{URL}/api/v10"
DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(URL.replace("http", "ws", 1))
MIDJOURNEY = "936929561302675456"
NONCE = "1234567890"

# The library logs a payload that it cannot read and goes on; here it must not pass unseen.
logging.basicConfig(level=logging.ERROR, stream=sys.stderr)

intents = discord.Intents.all()


def show(event, **facts):
    print(json.dumps({"event": event, **facts}), flush=True)


def facts_of(message):
    return {
        "id": str(message.id),
        "content": message.content,
        "author": str(message.author),
        "files": [file.filename for file in message.attachments],
        "buttons": [button.label or str(button.emoji) for row in message.components for button in row.children],
        "at": message.created_at.isoformat(),
    }


class Client(discord.Client):
    async def on_ready(self):
        guild = self.get_guild(int(GUILD))
        application = await self.application_info()
        show("ready", user=self.user.name, guild=guild.name, channels=[channel.name for channel in guild.text_channels],
             members=guild.member_count, application=application.name)
        await self.imagine()

    async def imagine(self):
        index = await self.http.request(Route("GET", "/guilds/{guild_id}/application-command-index", guild_id=int(GUILD)))
        command = next(entry for entry in index["application_commands"] if entry["name"] == "imagine")
        await self.http.request(Route("POST", "/interactions"), json={
            "type": 2,
            "application_id": MIDJOURNEY,
            "guild_id": GUILD,
            "channel_id": CHANNEL,
            "session_id": self.ws.session_id,
            "nonce": NONCE,
            "data": {
                "id": command["id"],
                "version": command["version"],
                "name": "imagine",
                "type": 1,
                "options": [{"type": 3, "name": "prompt", "value": PROMPT}],
                "attachments": [],
            },
        })

    async def on_message(self, message):
        if message.nonce == NONCE:
            show("start", **facts_of(message))
        elif message.components:
            result = facts_of(message)
            picture = await message.attachments[0].read()
            latest = [entry async for entry in message.channel.history(limit=1)]
            show("result", **result, bytes=len(picture), inHistory=latest[0].id == message.id)
            await self.close()

    async def on_message_edit(self, _before, after):
        show("progress", **facts_of(after))


asyncio.run(asyncio.wait_for(Client(intents=intents).start(TOKEN), 30))
