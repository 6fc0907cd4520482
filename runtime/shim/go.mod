module cdk8s-mcp.dev/shim

go 1.24
