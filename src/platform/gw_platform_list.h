/*
 * gw_platform_list.h
 *	  The whole list of warehouses: one line each.
 *
 * X(name, aliases, title): the foreign data wrapper is gw_<name>, the
 * validator gw.gw_<name>_validator, the table `const GwPlatform gw_<name>`.
 * Deleting a line removes the warehouse; the rest still builds.
 */
X(local, "", "this database itself")
X(postgres, "postgresql pg", "PostgreSQL")
X(redshift, "", "Amazon Redshift")
X(mysql, "mariadb", "MySQL and MariaDB")
X(odbc, "", "any ODBC source")
X(sqlserver, "mssql", "SQL Server")
X(bigquery, "bq", "Google BigQuery")
X(snowflake, "", "Snowflake")
X(databricks, "", "Databricks")
