export type ToolName = 'chromium' | 'curl' | 'discord.py' | 'ffmpeg' | 'php' | 'python3';
export function requireTool(name: ToolName): string;
export function installTools(names: readonly ToolName[]): void;
